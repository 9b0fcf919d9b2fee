import { dropped, type Examined, lineAround, lineOf, lowered, outward, restOfLine, startOf, type Verdict } from './nodes.js';

const by = 'marked by its authors';

/** Classes that bandit looks for, whose mark `# nosec` is. */
const ofSecurity = new Set([
  'command-injection',
  'code-from-text',
  'unsafe-deserialisation',
  'sql-injection',
  'tls-verification-off',
  'request-forgery',
  'path-traversal',
  'weak-hash',
  'unsafe-xml',
  'unsafe-archive',
  'no-timeout',
]);

/** What ruff's rules were called before, or are called by other tools, for our own that say the same: the comments in the code use them. */
const otherNames: Record<string, RegExp> = {
  'tls-verification-off': /\bDUO1[23]\d\b|\bS501\b|\bS323\b/,
  'dropped-task': /\bRUF006\b/,
  'no-timeout': /\bS113\b/,
  'blocking-call': /\bASYNC[12]\d\d\b|\bTRIO[12]\d\d\b/,
};

/** What ruff and flake8 call what pyright reports as well: a mark for them is meant for whoever says the same. */
const ruffNames: Record<string, RegExp> = {
  'undefined-name': /#\s*noqa\b(?!:)|#\s*noqa:[\w, ]*\bF82[123]\b/i,
  'unbound-name': /#\s*noqa\b(?!:)|#\s*noqa:[\w, ]*\bF82[123]\b/i,
};

/** What eslint calls what our own rules report. */
const eslintNames: Record<string, RegExp> = {
  'code-from-text': /\bno-(eval|new-func|implied-eval)\b/,
  'floating-promise': /\bno-floating-promises\b/,
  'path-traversal': /\bdetect-non-literal-(fs-filename|require)\b/,
  'command-injection': /\bdetect-child-process\b/,
  'undefined-name': /\bno-undef\b/,
};

/** What jshint looks for: a mark for it says nothing of what it never saw. */
const ofJshint = new Set(['accidental-assignment', 'undefined-name', 'syntax-error', 'js-error', 'wrong-comparison', 'duplicate-entry']);

/** What TypeScript finds as well: who has it pass over a line has seen what is wrong there. */
const ofCompiler = new Set(['undefined-name', 'js-error', 'wrong-comparison', 'duplicate-entry']);

/** `// eslint-disable-next-line no-eval`, on the line or above it. */
function markedScript({ text, node, start, class: kind, rule }: Examined): Verdict | null {
  const ignored = ofJshint.has(kind) ? text.lastIndexOf('jshint ignore:', start) : -1;
  if (ignored >= 0 && /^jshint ignore:\s?start\b/.test(text.slice(ignored, ignored + 40)))
    return lowered(by, `a comment before line ${lineOf(node)} says to jshint that its authors know`);
  const from = text.lastIndexOf('\n', text.lastIndexOf('\n', start - 1) - 1) + 1;
  const ofBiome = /\/\/\s*biome-ignore lint\/\w+\/(\w+)/.exec(text.slice(from, start))?.[1];
  if (ofBiome !== undefined && rule.endsWith(`/${ofBiome.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`))
    return lowered(by, `the comment above line ${lineOf(node)} says to biome that its authors know`);
  if (ofCompiler.has(kind) && /\/\/\s*@ts-(?:ignore|expect-error)\b/.test(text.slice(from, start)))
    return lowered(by, `the comment above line ${lineOf(node)} says to the compiler that its authors know`);
  const names = eslintNames[kind];
  if (!names) return null;
  const said = /\beslint-disable(?:-next)?-line\b([^\n]*)/.exec(text.slice(from, start) + restOfLine(text, start))?.[1];
  return said !== undefined && names.test(said) ? lowered(by, `the comment above line ${lineOf(node)} says that its authors know`) : null;
}

/** What pylint calls what ruff and pyright report as well. */
const pylintNames: Record<string, RegExp> = {
  'undefined-name': /\b(undefined-variable|undefined-all-variable|E0602|E0603)\b/,
  'unbound-name': /\b(used-before-assignment|undefined-variable|possibly-used-before-assignment|E0601|E0606)\b/,
  redefinition: /\b(function-redefined|E0102)\b/,
  'mutable-default': /\b(dangerous-default-value|W0102)\b/,
  'lost-error': /\b(lost-exception|return-in-finally|W0150|W0134)\b/,
  'useless-expression': /\b(pointless-statement|expression-not-assigned|W0104|W0106)\b/,
  'no-timeout': /\b(missing-timeout|W3101)\b/,
  'python-error': /\bdisable=/,
};

/** A line whose authors wrote on it that they know: other tools believe them, and what they looked at is not worth an issue. */
export function marked(examined: Examined): Verdict | null {
  const { language, text, root, node, start, end, class: kind, rule } = examined;
  if (language === 'typescript') return markedScript(examined);
  const pylint = /#\s*pylint:\s*(disable=[\w, -]+)/.exec(lineAround(text, start))?.[1];
  if (pylint !== undefined && pylintNames[kind]?.test(pylint))
    return lowered(by, `line ${lineOf(node)} says to pylint that its authors know`);
  if (
    kind === 'undefined-name' &&
    /#\s*(?:type|pyright):\s*ignore\[[\w, -]*\b(?:name-defined|reportUndefinedVariable)\b/.test(lineAround(text, start))
  )
    return lowered(by, `line ${lineOf(node)} says to a type checker that its authors know`);
  const names = /#\s*ruff:\s?ignore\[([\w, -]+)\]/.exec(lineAround(text, start))?.[1]?.split(/, ?/) ?? [];
  if (names.includes(kind) || names.includes(rule.slice(rule.indexOf('/') + 1)))
    return lowered(by, `line ${lineOf(node)} says to ruff that its authors know`);
  const sameRule = rule.startsWith('pyright/') ? ruffNames[kind] : undefined;
  if (sameRule) {
    return sameRule.test(lineAround(text, start)) ? dropped(by, `line ${lineOf(node)} says in noqa that its authors know`) : null;
  }
  const other = otherNames[kind];
  if (!ofSecurity.has(kind) && !other) return null;
  // The mark of a call over several lines stands on its first or its last.
  const statement = outward(node).find(
    (each) => /_statement$|^assignment$/.test(String(each.kind())) && !/^(if|for|while|with|try)_/.test(String(each.kind())),
  );
  const from = text.lastIndexOf('\n', (statement ? startOf(statement) : start) - 1) + 1;
  const to = text.indexOf('\n', Math.max(end, statement ? statement.range().end.index : end));
  for (const line of text.slice(from, to < 0 ? undefined : to).split('\n')) {
    const comment = /#\s*(.*)$/.exec(line)?.[1] ?? '';
    const at = lineOf(statement ?? root);
    if (ofSecurity.has(kind) && /\bnosec\b/.test(comment)) {
      const reason = `the line of ${at} says nosec: somebody looked at it`;
      // What comes from a request is told all the same.
      return rule.endsWith('-built') || rule.startsWith('ruff/') ? dropped(by, reason) : lowered(by, reason);
    }
    if (other?.test(/\bnoqa:\s*([\w, ]+)/.exec(comment)?.[1] ?? ''))
      return dropped(by, `line ${at} names this rule in noqa, as others call it or did`);
  }
  return null;
}
