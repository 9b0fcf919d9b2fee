import { createHash } from 'node:crypto';

/** One import of a file: dots before the name count how far up it begins, and `from` lists what is taken out of it. */
interface PythonImport {
  dots: number;
  module: string;
  names: string[];
}

/** A statement of a module, or of the body of a class in it. */
interface PythonUnit {
  /** What others call what it defines. */
  names: string[];
  /** Of everything that others can tell of it: not of comments, nor of the inside of a function that says what it returns. */
  face: string;
  /** Words in what others can tell of it: when what one of them stands for changes, so may what this unit's names stand for. */
  faceWords: string[];
}

export interface PythonSummary {
  imports: PythonImport[];
  units: PythonUnit[];
  /** All words of the code; those in strings, where annotations may stand, as `inString` says. */
  words: string[];
}

/** A logical line: its tokens without comments, and how far it is indented. */
interface Line {
  indent: number;
  tokens: string[];
}

/**
 * What a Python file defines and mentions, by a look at its tokens alone. It is used to tell which files a change can reach, so where
 * it is not sure it says more than there is.
 */
export function summarisePython(text: string): PythonSummary {
  const { lines, isWhole } = logicalLines(text);
  const words = new Set<string>();
  for (const { tokens } of lines) addWords(tokens, words);
  // Where brackets do not meet, nothing can be told apart.
  const units = lines.length === 0 ? [] : isWhole ? unitsOf(lines, null) : [unit([...words], lines)];
  return { imports: lines.flatMap(importsOf), units, words: [...words] };
}

/** A comment, string, word, number, joined line end, line end, blanks, or what else there is: told apart by how they begin. */
const token =
  /#[^\n]*|[bBfFrRuUtT]{0,2}(?:"""(?:[^\\]|\\[\s\S])*?(?:"""|$)|'''(?:[^\\]|\\[\s\S])*?(?:'''|$)|"(?:[^"\\\n]|\\[\s\S])*(?:"|(?=\n)|$)|'(?:[^'\\\n]|\\[\s\S])*(?:'|(?=\n)|$))|[\p{L}_][\p{L}\p{N}_]*|\d[\w.]*|\\\r?\n|\r?\n|\r|[ \t\f\uFEFF]+|->|[\s\S]/uy;

function logicalLines(text: string): { lines: Line[]; isWhole: boolean } {
  const lines: Line[] = [];
  let depth = 0;
  let line: Line | null = null;
  let indent = 0;
  token.lastIndex = 0;
  // Not by `exec`: what it makes of each token is most of what a review throws away.
  for (let from = 0; token.test(text); from = token.lastIndex) {
    const piece = text.slice(from, token.lastIndex);
    if (piece === '\n' || piece === '\r' || piece === '\r\n') {
      if (depth > 0) continue;
      if (line) lines.push(line);
      line = null;
      indent = 0;
    } else if (/^[ \t\f\uFEFF]/.test(piece)) {
      if (!line && depth === 0) indent = piece.replaceAll('\t', '        ').length;
    } else if (piece.startsWith('#')) {
      // What a comment says of types counts as code.
      if (/^#\s*type:/.test(piece) && line) line.tokens.push(piece);
    } else if (!/^\\[\r\n]/.test(piece)) {
      line ??= { indent, tokens: [] };
      if (piece === '(' || piece === '[' || piece === '{') depth += 1;
      else if (piece === ')' || piece === ']' || piece === '}') depth = Math.max(0, depth - 1);
      line.tokens.push(piece);
    }
  }
  if (line) lines.push(line);
  // A string that stands alone says nothing to the program.
  return { lines: lines.filter(({ tokens }) => tokens.length !== 1 || !isString(tokens[0]!)), isWhole: depth === 0 };
}

/**
 * A word that stands in a string, which may be a password: what is kept of it says too little to tell it by (RV-10), and enough to
 * notice that a name which changed may be meant.
 */
export const inString = (word: string): string => `~${createHash('sha256').update(word).digest('base64url').slice(0, 5)}`;

const isString = (piece: string): boolean => /^[bBfFrRuUtT]{0,2}["']/.test(piece);
const isWord = (piece: string): boolean => /^[\p{L}_]/u.test(piece) && !isString(piece);

function addWords(tokens: readonly string[], words: Set<string>): void {
  for (const piece of tokens) {
    if (isWord(piece)) {
      if (!keywords.has(piece)) words.add(piece);
    } else if (isString(piece) || piece.startsWith('#')) {
      for (const part of codeIn(piece)) for (const [word] of part.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) words.add(inString(word));
    }
  }
}

/** What of a string is code: the values within an f-string, or all of one that could be an annotation. Sentences are none. */
function codeIn(piece: string): string[] {
  const [, prefix = '', content = ''] = /^([a-zA-Z]*)(?:"""|'''|["'])(.*)$/s.exec(piece) ?? [];
  if (piece.startsWith('#')) return [piece];
  if (/[ft]/i.test(prefix)) return [...content.matchAll(/\{([^{}]+)\}/g)].map(([, value = '']) => value);
  return content.length < 300 && /^(?:[\w.[\]()"']|, ?| ?\| ?)+$/.test(content) ? [content] : [];
}

/** Statements on the level of the first line, each with what belongs to it. `owner`: the class whose body this is. */
function unitsOf(lines: readonly Line[], owner: string | null): PythonUnit[] {
  if (lines.length === 0) return [];
  const units: PythonUnit[] = [];
  const level = lines.reduce((least, { indent }) => Math.min(least, indent), Number.POSITIVE_INFINITY);
  let group: Line[] = [];
  let isDecorated = false;
  for (const line of lines) {
    if (line.indent <= level && !isDecorated && group.length > 0) {
      units.push(...toUnits(group, owner));
      group = [];
    }
    isDecorated = line.indent === level && line.tokens[0] === '@';
    group.push(line);
  }
  units.push(...toUnits(group, owner));
  return units;
}

/** Of one statement: the lines of its head (with decorators), and those that are indented below it. */
function toUnits(group: Line[], owner: string | null): PythonUnit[] {
  const at = Math.max(
    0,
    group.findIndex(({ tokens }) => tokens[0] !== '@'),
  );
  const { tokens } = group[at]!;
  const keyword = tokens[0] === 'async' ? tokens[1] : tokens[0];
  const head = group.slice(0, at + 1);
  const body = group.slice(at + 1);
  const name = tokens[tokens.indexOf(keyword!) + 1] ?? '';
  if (keyword === 'class')
    return [unit([name], head), ...(owner === null ? unitsOf(body, name) : body.length > 0 ? [unit([name], body)] : [])];
  if (keyword === 'def') return [functionUnit(name, head, body, owner)];
  if (keyword === 'import' || keyword === 'from') return importsOf(group[at]!).flatMap((entry) => importUnits(entry, tokens));
  const bound = boundBy(tokens);
  if (body.length > 0) {
    const inner = unitsOf(body, owner);
    // Which way is taken decides what the names within stand for.
    return [unit([...bound, ...inner.flatMap(({ names }) => names)], head), ...inner];
  }
  return [unit(owner !== null && bound.length > 0 ? [owner, ...bound] : bound, group)];
}

function functionUnit(name: string, head: readonly Line[], body: readonly Line[], owner: string | null): PythonUnit {
  const attributes = body.filter(({ tokens }) => boundBy(tokens).length > 0 && (tokens[1] === '.' || tokens[0] === 'global'));
  // What has two underscores before and behind is called without being named, by whoever has to do with the class.
  const names = [owner !== null && name.startsWith('__') ? owner : name, ...attributes.flatMap(({ tokens }) => boundBy(tokens))];
  const signature = head.at(-1)!.tokens;
  if (!signature.includes('->') || name.startsWith('__')) return unit(names, [...head, ...body]);
  const yields = [...head, ...body].some(({ tokens }) => tokens.includes('yield'));
  return unit(names, [...head, ...attributes, { indent: 0, tokens: [yields ? 'yield' : 'return'] }]);
}

function importUnits({ module, names }: PythonImport, tokens: readonly string[]): PythonUnit[] {
  const line = (word: string) => [{ indent: 0, tokens: [...tokens, word] }];
  const last = module.slice(module.lastIndexOf('.') + 1);
  const called = (name: string) => {
    const at = tokens.lastIndexOf(name);
    return tokens[at + 1] === 'as' ? (tokens[at + 2] ?? name) : name;
  };
  const bound: PythonUnit[] = names.map((name) => ({ ...unit([called(name)], line(name)), faceWords: [name] }));
  if (names.length === 0) bound.push({ ...unit([called(last), module.split('.')[0]!], line(last)), faceWords: [last] });
  return bound;
}

/** Names, and names of attributes, that a line gives a meaning to. */
function boundBy(tokens: readonly string[]): string[] {
  const [first] = tokens;
  if (first === 'global' || first === 'nonlocal' || first === 'del' || first === 'type') return tokens.slice(1).filter(isWord);
  // `for x in`, `with y as z`, `except E as e`, `if (x := 3)`, `case Point(x, y)`
  if (/^(?:for|async|with|except|match|case)$/.test(first!)) return tokens.slice(1).filter(isWord);
  let depth = 0;
  let end = -1;
  for (const [at, piece] of tokens.entries()) {
    if (piece === '(' || piece === '[' || piece === '{') depth += 1;
    else if (piece === ')' || piece === ']' || piece === '}') depth -= 1;
    else if (piece === '=' && tokens[at - 1] === ':') end = at;
    else if (depth === 0 && piece === ';') return tokens.filter(isWord);
    else if (depth === 0 && piece === '=' && tokens[at + 1] !== '=' && !/^[=!<>]$/.test(tokens[at - 1] ?? '')) end = at;
    else if (depth === 0 && piece === ':' && end < 0 && tokens.slice(0, at).every((word) => isWord(word) || word === '.')) end = at;
  }
  if (first === '__all__') return ['__all__', ...tokens.slice(1).flatMap((piece) => (isString(piece) ? piece.replace(/\W/g, '') : []))];
  const target = tokens.slice(0, Math.max(0, end));
  // Of `self.name` only the name.
  return target.filter((word, at) => isWord(word) && !keywords.has(word) && target[at + 1] !== '.');
}

const keywords = new Set([
  'if',
  'elif',
  'while',
  'else',
  'try',
  'finally',
  'assert',
  'return',
  'and',
  'or',
  'not',
  'in',
  'is',
  'lambda',
  'None',
  'True',
  'False',
]);

function unit(names: readonly string[], lines: readonly Line[]): PythonUnit {
  const hash = createHash('sha256');
  const faceWords = new Set<string>();
  for (const { tokens } of lines) {
    hash.update(`${tokens.join('\u0001')}\u0002`);
    addWords(tokens, faceWords);
  }
  return { names: [...new Set(names)], face: hash.digest('base64url').slice(0, 22), faceWords: [...faceWords] };
}

function importsOf({ tokens }: Line): PythonImport[] {
  // Behind `if x:` or `try:` on one line too.
  const from = tokens.indexOf('from');
  const at = tokens.indexOf('import');
  if (at < 0) return [];
  if (from >= 0 && from < at) {
    const path = tokens.slice(from + 1, at).join('');
    const dots = /^\.*/.exec(path)![0].length;
    return [{ dots, module: path.slice(dots), names: withoutAliases(tokens.slice(at + 1)) }];
  }
  return split(tokens.slice(at + 1)).map((part) => ({ dots: 0, module: part.join('').replace(/;.*$/s, ''), names: [] }));
}

const withoutAliases = (tokens: readonly string[]): string[] =>
  split(tokens.filter((piece) => piece !== '(' && piece !== ')')).flatMap(([name]) => (name === undefined ? [] : [name]));

function split(tokens: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const piece of tokens) {
    if (piece === ',') parts.push([]);
    else parts.at(-1)!.push(piece);
  }
  return parts.map((part) => (part.includes('as') ? part.slice(0, part.indexOf('as')) : part));
}
