import {
  dropped,
  type Examined,
  enclosing,
  functionAround,
  holds,
  kinds,
  lineOf,
  lowered,
  named,
  outward,
  restOfLine,
  type Verdict,
} from './nodes.js';

/** `yaml.load(text, Loader=loader)`: which loader it is, is said elsewhere. */
export function loaderGiven({ node, rule, language, root }: Examined): Verdict | null {
  if (language !== 'python' || rule !== 'ruff/S506') return null;
  const call = enclosing(node, 'call');
  const keyword = call && kinds(call, 'keyword_argument').find((each) => each.field('name')?.text() === 'Loader');
  const loader = keyword?.field('value') ?? named(call?.field('arguments') ?? node)[1];
  if (call && kinds(call, 'dictionary_splat').length > 0 && /\bSafeLoader\b|\[["']Loader["']\]\s*=/.test(root.text()))
    return lowered('choice of the caller', `the arguments on line ${lineOf(call)} are put together before, with a loader`);
  if (!call || !['identifier', 'attribute'].includes(String(loader?.kind()))) return null;
  const name = loader!.text().replace(/^.*\./, '');
  const own = kinds(root, 'class_definition').find((each) => each.field('name')?.text() === name);
  if (/\b\w*Safe\w*\b/.test(own?.field('superclasses')?.text() ?? ''))
    return dropped('safe loader', `${name} is made from a safe loader, on line ${lineOf(own!)}`);
  if (/^C?BaseLoader$/.test(name))
    return dropped('safe loader', `${name} on line ${lineOf(call)} makes nothing but texts, lists and dictionaries`);
  return /^(C?Loader|(C?Unsafe|C?Full)Loader)$/.test(name)
    ? null
    : lowered('loader of its own', `what ${name} on line ${lineOf(call)} makes of a text is said where it is defined`);
}

/** Zip archives are unpacked inside of the folder by Python itself; and where tar has a filter it was asked for. */
export function unpackedSafely({ node, root, text, language, rule }: Examined): Verdict | null {
  if (language !== 'python') return refusedBefore(text);
  const library = kinds(root, 'class_definition').find((each) => /^(Tar|Zip)File$/.test(each.field('name')?.text() ?? ''));
  if (library) return lowered('the library itself', `line ${lineOf(library)} begins what unpacks for others, who say what may come out`);
  if (rule !== 'ruff/S202') return null;
  const call = enclosing(node, 'call');
  const callee = call?.field('function');
  const archive = callee?.field('object')?.text();
  if (!call || archive === undefined) return null;
  const owner = functionAround(call);
  const looked =
    owner &&
    kinds(owner, 'for_statement').find(
      (each) =>
        each.range().end.index <= call.range().start.index &&
        new RegExp(`^(${archive.replace(/\W/g, '\\$&')}(\\.getmembers\\(\\))?|members)$`).test(each.field('right')?.text() ?? '') &&
        kinds(each, 'raise_statement').length > 0,
    );
  if (looked) return dropped('members looked at', `the loop on line ${lineOf(looked)} goes through the members before, and refuses some`);
  const opened = outward(call).find(
    (each) =>
      String(each.kind()) === 'with_statement' &&
      new RegExp(`\\bas ${archive.replace(/\W/g, '\\$&')}:`).test(each.text().split('\n', 3).join('\n')),
  );
  const opener = restOfLine(opened?.text() ?? '', 0);
  if (/\bZipFile\(/.test(opener))
    return dropped('zip archive', `zipfile keeps what it unpacks inside of the folder (line ${lineOf(opened!)})`);
  const choice = outward(call).find(
    (each) => String(each.kind()) === 'if_statement' && /["'](data_filter|tar_filter)["']/.test(each.field('condition')?.text() ?? ''),
  );
  const other = choice?.field('consequence');
  if (choice && other && !holds(other, call) && /filter\s*=/.test(other.text()))
    return dropped('filter where there is one', `line ${lineOf(choice)} asks for the filter, and uses it in every Python that has it`);
  return named(call).length > 0 && text.includes('data_filter') && /extraction_filter\s*=/.test(text)
    ? dropped('filter where there is one', 'the archive is given a filter before')
    : null;
}

/** Unless it is told to leave names as they are, yauzl reports those that are absolute or climb, and gives no entry for them. */
function refusedBefore(text: string): Verdict | null {
  const libraries = [
    ...text.matchAll(
      /(?:from|require\(|import\((?:\s*\/\*[^*]*\*\/)?)\s*['"](yauzl|adm-zip|unzipper|jszip|tar|tar-fs|tar-stream|decompress|node-stream-zip|fflate)\b/g,
    ),
  ];
  return libraries.length > 0 && libraries.every(([, name]) => name === 'yauzl') && !/\b(?:decodeStrings|strictFileNames)\b/.test(text)
    ? dropped('refused before', 'yauzl gives no entry whose name leads out of the folder')
    : null;
}
