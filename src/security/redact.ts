const hidden = '[redacted]';

/** Shapes that are secrets wherever they stand. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
  /\bxox[a-z]-[A-Za-z0-9-]{8,}/g,
  /\bxapp-[A-Za-z0-9-]{8,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{16,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{16,}/g,
  /\bpypi-[A-Za-z0-9_-]{16,}/g,
  /\b(?:sk|rk|pk)[-_](?:ant|live|test|proj)[-_][A-Za-z0-9_-]{8,}/g,
  /\bsk-[A-Za-z0-9]{20,}/g,
  /\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b/g,
  /\bAIza[0-9A-Za-z_-]{30,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]+/g,
];

const credentialsInUrl = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:'"]{0,200}:[^\s/@'"]{1,200}@/gi;
const authorization = /\b(authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:bearer|basic|token)\s{1,4})[^\s"',;]+/gi;
const bearer = /\b(bearer\s{1,4})[A-Za-z0-9._~+/-]{16,}=*/gi;
const secretNames = 'pass(?:word|wd|phrase)|secret|token|api_?-?key|access_?-?key|private_?-?key|auth_?-?key|credentials?';
const quotedValue = new RegExp(
  `((?:${secretNames})[A-Za-z0-9_-]{0,20}["']?\\s{0,8}(?:=>|[:=])\\s{0,8})(["'\`])[^"'\`\\r\\n]{4,500}\\2`,
  'gi',
);
const bareValue = new RegExp(`((?:${secretNames})[A-Za-z0-9_-]{0,20}\\s{0,4}[:=]\\s{0,4})([^\\s"'\`,;&|(){}<>[\\]]{8,500})`, 'gi');

/** Values that stand under the name of a secret in a source text: so that they can be taken out wherever else they are quoted. */
export function namedSecrets(text: string): string[] {
  const values = [...text.matchAll(quotedValue)].map(([whole, before = '', quote = '']) =>
    whole.slice(before.length + quote.length, -quote.length),
  );
  return values.filter((value) => value.length >= 8 && /\d/.test(value) && /[a-z]/i.test(value) && !/[\s${}<>]/.test(value));
}

/**
 * Takes out what looks like a secret: known token shapes, `password=…` and its relatives, passwords in URLs, and the
 * exact `known` values. For everything that leaves the bot: logs, messages, the tail of a gate's output (RV-10).
 */
export function redact(text: string, known: readonly string[] = []): string {
  let result = text;
  for (const secret of known) if (secret.length >= 6) result = result.replaceAll(secret, hidden);
  for (const shape of shapes) result = result.replace(shape, hidden);
  return (
    result
      .replace(credentialsInUrl, `$1${hidden}@`)
      .replace(authorization, `$1${hidden}`)
      .replace(bearer, `$1${hidden}`)
      .replace(quotedValue, `$1$2${hidden}$2`)
      // A bare word is a value only when it has a digit: `token: string` is a type, `token=abc123xyz` is not.
      .replace(bareValue, (whole, name: string, value: string) => (/\d/.test(value) && !value.startsWith(hidden) ? name + hidden : whole))
  );
}
