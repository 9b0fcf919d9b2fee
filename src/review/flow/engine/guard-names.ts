const denying =
  /(unsafe|invalid|private|internal|forbidden|blocked|denied|disallow|blacklist|blocklist|malicious|escapes|traversal|loopback|reserved|linklocal|multicast|outside|dangerous|suspicious|untrusted|illegal)/;
const allowing =
  /(safe|allow|valid|inside|within|contain|trusted|permit|whitelist|subpath|authori[sz]ed|verified|known|acceptable|supported|legal|islocal|sameorigin|samehost|inlist)/;
const cleaning =
  /^(sanitiz|sanitis|escape|secure_filename|secureFilename|quote|clean_?(path|url|html|name|file)|slugify|safe_?(join|path|url|filename|redirect)|(validate|assert|ensure|check|require|verify|resolve_?(safe|inside|within)|allowed|allow|inside|own_?path|to_?safe|strip_?tags|parameteri[sz]e|whitelist|guard|confine)(?=_|[A-Z]|$))/;

/** What a function's name promises. Names are believed: a wrong promise is rarer than a check that we cannot follow. */
export function isGuardName(name: string): 'allows' | 'denies' | 'cleans' | null {
  const last = name
    .slice(name.lastIndexOf('.') + 1)
    .replace(/\(\)$/, '')
    .replace(/^_+/, '');
  const flat = last.replace(/_/g, '').toLowerCase();
  if (/^(is|has|looks)/.test(flat) && denying.test(flat)) return 'denies';
  if (cleaning.test(`${last.charAt(0).toLowerCase()}${last.slice(1)}`)) return 'cleans';
  if (denying.test(flat)) return 'denies';
  return allowing.test(flat) ? 'allows' : null;
}
