import { createHash } from 'node:crypto';

/** One import of a file: dots before the name count how far up it begins, and `from` lists what is taken out of it. */
export interface PythonImport {
  dots: number;
  module: string;
  names: string[];
}

/** A statement of a module, or of the body of a class in it. */
export interface PythonUnit {
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
  /** All words of the code, those in strings too: annotations may stand in strings. */
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
  const units = lines.length === 0 ? [] : isWhole ? unitsOf(lines, null) : [unit([...words], lines, lines)];
  return { imports: lines.flatMap(importsOf), units, words: [...words] };
}

const token =
  /(?<comment>#[^\n]*)|(?<string>[bBfFrRuUtT]{0,2}(?:"""(?:[^\\]|\\[\s\S])*?(?:"""|$)|'''(?:[^\\]|\\[\s\S])*?(?:'''|$)|"(?:[^"\\\n]|\\[\s\S])*(?:"|(?=\n)|$)|'(?:[^'\\\n]|\\[\s\S])*(?:'|(?=\n)|$)))|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d[\w.]*)|(?<joined>\\\r?\n)|(?<newline>\r?\n|\r)|(?<blank>[ \t\f\uFEFF]+)|(?<other>->|[\s\S])/uy;

function logicalLines(text: string): { lines: Line[]; isWhole: boolean } {
  const lines: Line[] = [];
  let depth = 0;
  let line: Line | null = null;
  let indent = 0;
  token.lastIndex = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const { comment, newline, blank, joined } = match.groups!;
    if (newline !== undefined) {
      if (depth > 0) continue;
      if (line) lines.push(line);
      line = null;
      indent = 0;
    } else if (blank !== undefined) {
      if (!line && depth === 0) indent = blank.replaceAll('\t', '        ').length;
    } else if (comment !== undefined) {
      // What a comment says of types counts as code.
      if (/^#\s*type:/.test(comment) && line) line.tokens.push(comment);
    } else if (joined === undefined) {
      line ??= { indent, tokens: [] };
      const [piece] = match;
      if (piece === '(' || piece === '[' || piece === '{') depth += 1;
      else if (piece === ')' || piece === ']' || piece === '}') depth = Math.max(0, depth - 1);
      line.tokens.push(piece);
    }
  }
  if (line) lines.push(line);
  // A string that stands alone says nothing to the program.
  return { lines: lines.filter(({ tokens }) => tokens.length !== 1 || !isString(tokens[0]!)), isWhole: depth === 0 };
}

const isString = (piece: string): boolean => /^[bBfFrRuUtT]{0,2}["']/.test(piece);
const isWord = (piece: string): boolean => /^[\p{L}_]/u.test(piece) && !isString(piece);

function addWords(tokens: readonly string[], words: Set<string>): void {
  for (const piece of tokens) {
    if (isWord(piece)) words.add(piece);
    else if (isString(piece) || piece.startsWith('#')) for (const [word] of piece.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) words.add(word);
  }
}

/** Statements on the level of the first line, each with what belongs to it. `owner`: the class whose body this is. */
function unitsOf(lines: readonly Line[], owner: string | null): PythonUnit[] {
  const units: PythonUnit[] = [];
  const level = Math.min(...lines.map(({ indent }) => indent));
  let group: Line[] = [];
  const close = () => {
    if (group.length > 0) units.push(...toUnits(group, owner));
    group = [];
  };
  let isDecorated = false;
  for (const line of lines) {
    const goesOn = line.indent > level || isDecorated || /^(?:else|elif|except|finally)$/.test(line.tokens[0]!);
    if (!goesOn) close();
    isDecorated = line.indent === level && line.tokens[0] === '@';
    group.push(line);
  }
  close();
  return units;
}

function toUnits(group: Line[], owner: string | null): PythonUnit[] {
  const at = group.findIndex(({ tokens }) => tokens[0] !== '@');
  const { tokens } = group[at] ?? group[0]!;
  const [first, second, third] = tokens;
  const keyword = first === 'async' ? second : first;
  const name = (first === 'async' ? third : second) ?? '';
  const head = group.slice(0, at + 1);
  const body = group.slice(at + 1);
  if (keyword === 'class') {
    // A body on the line of the class itself is part of the head.
    return [
      unit([name], head, head),
      ...(body.length > 0 && owner === null ? unitsOf(body, name) : body.length > 0 ? [unit([name], body, body)] : []),
    ];
  }
  if (keyword === 'def') {
    const attributes = group.filter(({ tokens: line }) => assignsAttribute(line));
    const names = [name, ...attributes.flatMap(({ tokens: line }) => line.filter(isWord))];
    // A double underscore is called without being named.
    if (owner !== null && name.startsWith('__')) names.push(owner);
    const isTyped = tokens.includes('->') && !name.startsWith('__');
    const yields = body.some(({ tokens: line }) => line.includes('yield'));
    const face = isTyped ? [...head, ...attributes, { indent: 0, tokens: [yields ? 'yield' : 'return'] }] : group;
    return [unit(names, face, face)];
  }
  const names = new Set<string>(owner === null ? [] : [owner]);
  const isOne = group.length === 1 && !tokens.includes(';') && tokens.filter((piece) => piece === '=').length < 2;
  const isPlain = isOne && isWord(first!) && (second === '=' || second === ':') && first !== '__all__';
  if (isPlain) names.add(first!);
  else for (const { tokens: line } of group) addWords(line, names);
  return [unit([...names], group, group)];
}

/** `self.name = …`, `cls.name: int`, and the like: they declare what the class has. */
function assignsAttribute(tokens: readonly string[]): boolean {
  const equals = tokens.findIndex((piece) => piece === '=' || piece === ':');
  const dot = tokens.indexOf('.');
  return tokens[0] === 'global' || tokens[0] === 'nonlocal' || (dot >= 0 && equals > dot);
}

function unit(names: readonly string[], face: readonly Line[], words: readonly Line[]): PythonUnit {
  const hash = createHash('sha256');
  const faceWords = new Set<string>();
  for (const { tokens } of face) hash.update(`${tokens.join('\u0001')}\u0002`);
  for (const { tokens } of words) addWords(tokens, faceWords);
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
