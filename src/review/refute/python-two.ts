import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { groupBy, type LocatedHit } from '../merge.js';
import { escaped, lineAround, lowered, type Verdict } from './nodes.js';
import { olderBuiltin } from './undefined-name.js';

/** Where a project says which Python it is for. */
const declarations = ['setup.py', 'setup.cfg', 'pyproject.toml'];

/** `requires-python = >=2.5` says nothing of Python 3. */
const three = /\bPython :: 3|\b(?:python_requires|requires-python)\s{0,3}=[^\n]{0,80}[<>=~!^"'\s]3/;
/** `python_requires='>=2.6, <3'` */
const notThree = /\b(?:python_requires|requires-python)\s{0,3}=[^\n]{0,80}<\s{0,3}3(?:\.0)?\s{0,3}["',]/;

/** So many of its builtins in one file. */
const MANY_USES = 3;

/** Statements that only Python 2 understands. */
const olderSyntax =
  /^\s*def\s+\w+\((?:[\w\s,*]{0,200},)?\s*\(\s*\w|\blambda\s+(?:[\w\s,*]{0,200},)?\s*\(\s*\w[\w\s,]{0,200}\)\s*[,:]|^\s*print\s+[^\s(=.,]|\.async\b|^\s*except\s+[\w.()]{1,80}\s*,\s*\w+\s*:|^\s*\)\s?,\s?\w{1,40}\s?:\s*$|^\s*exec\s+["'\w]|\braise\s+\w{1,80}\s*,|\bur["']|(?<![\w.])0[0-7]{2,}\b(?!\.)|(?<![\w.])(?:0x[\da-f]+|\d+)L\b/i;

/** Methods that dicts have in Python 2 only. */
const olderMethods = /(?<!\bsix)\.(?:has_key|iteritems|itervalues|iterkeys)\(/;

/**
 * A program for Python 2 that says so, or shows it: what a Python of today does not know of it is no slip, and to tell it place by place
 * says nothing that its owners do not know. One that says it runs on Python 3 is held to that.
 */
export async function pythonTwo(
  hits: readonly LocatedHit[],
  { folder, files, textOf }: { folder: string; files: readonly string[]; textOf: (file: string) => Promise<string> },
): Promise<Map<LocatedHit, Verdict>> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const tools = hits.filter(({ rule, agent }) => agent === undefined && rule.language === 'python');
  const older: LocatedHit[] = [];
  const known = new Map<string, boolean>();
  // A name is asked about at each of its places.
  const remembered = (key: string, find: () => boolean): boolean => {
    const answer = known.get(key) ?? find();
    known.set(key, answer);
    return answer;
  };
  const shown = new Set<string>();
  for (const hit of tools) {
    if (hit.rule.class === 'undefined-name' || hit.rule.class === 'unbound-name') {
      const text = await textOf(hit.file);
      const name = text.slice(hit.start, hit.end);
      const caught = remembered(`${hit.file}\0${name}`, () => caughtBefore(text, name));
      if (caught || (olderBuiltin.test(name) && olderMethods.test(text))) shown.add(hit.file);
      if (caught || olderBuiltin.test(name)) older.push(hit);
    } else if (hit.rule.id === 'ruff/F633') {
      older.push(hit);
      shown.add(hit.file);
    } else if (hit.rule.class === 'syntax-error') {
      older.push(hit);
      const text = await textOf(hit.file);
      if (
        olderSyntax.test(lineAround(text, hit.start)) ||
        (/unexpected token `/.test(hit.message) && /(?<!`)`[^`\n]+`(?!`)/.test(lineAround(text, hit.start))) ||
        (/unindent|inconsistent use of tabs/.test(hit.message) && mixesTabs(text))
      )
        shown.add(hit.file);
    }
  }
  if (older.length === 0) return verdicts;
  // Once is a slip, again and again is a language.
  const named = older.filter(({ rule }) => rule.class === 'undefined-name');
  for (const [file, uses] of groupBy(named, ({ file }) => file)) if (uses.length >= MANY_USES) shown.add(file);
  for (const hit of older) {
    const host = /^[ \t]*(?:import|from) (bzrlib)\b/m.exec(await textOf(hit.file))?.[1];
    if (host !== undefined) verdicts.set(hit, lowered('Python 2', `it is a part of ${host}, which there is for Python 2 only`));
    const folderOf = /(?:^|\/)((?:python|py)[-_]?2[\d.x]*)\//i.exec(hit.file)?.[1];
    if (folderOf !== undefined) verdicts.set(hit, lowered('Python 2', `what lies in ${folderOf}/ is for Python 2`));
    const named = /(?:^|\/)(\w*_(?:27|py2\d?|python2))\.py$/.exec(hit.file)?.[1];
    if (named !== undefined) verdicts.set(hit, lowered('Python 2', `${named} is named after the Python it is for`));
    const twin = twinFolder(hit.file, files);
    if (twin !== null) verdicts.set(hit, lowered('Python 2', `what is for Python 3 lies in ${twin}/`));
  }
  const said = await Promise.all(
    declarations.filter((name) => files.includes(name)).map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  );
  const converted = said.find(({ text }) => /\buse_2to3\b['"\]]{0,2}\s*[=:]\s*True/.test(text));
  const newer = said.find(({ text }) => three.test(text) && !notThree.test(text));
  if (newer && !converted) return verdicts;
  const declared = said.find(({ text }) => /\bPython :: 2/.test(text) || notThree.test(text));
  const [example] = shown;
  const why = converted
    ? `${converted.name} has it turned into Python 3 when it is installed`
    : declared
      ? `${declared.name} says that it is for Python 2`
      : example !== undefined
        ? `${example} is written for Python 2, and nothing says that the program runs on another one`
        : null;
  if (why === null) {
    const builtins = newer ? [] : older.filter(({ rule }) => rule.class === 'undefined-name');
    if (builtins.length > 0 && !(await speaksThree(folder, files)))
      for (const hit of builtins)
        if (!verdicts.has(hit))
          verdicts.set(
            hit,
            lowered('Python 2', 'it is a builtin of Python 2, and nothing in the project says, or needs, that it is another one'),
          );
    return verdicts;
  }
  for (const hit of older) {
    // A file that no Python understands is broken beside one of Python 2 as well.
    if (converted || declared || hit.rule.class !== 'syntax-error' || shown.has(hit.file)) verdicts.set(hit, lowered('Python 2', why));
  }
  return verdicts;
}

/** What no Python 2 can read, or has. */
const newerSyntax =
  /(?<![\w"'])[rR]?[fF][rR]?["']|^[ \t]{0,80}(?:async def |nonlocal |import (?:pathlib|typing|asyncio|dataclasses|queue|configparser|urllib\.(?:parse|request))\b)|\byield from |^[ \t]{0,80}def [^\n]{1,300}\) ?->|^[ \t]{0,80}raise [^\n]{1,200}\) from |\bprint\([^\n]{0,200}\b(?:end|file|flush|sep) ?=|\bsuper\(\)|^#![^\n]{0,200}\bpython3|\bfrom (?:pathlib|typing|asyncio|dataclasses|enum|http\.server|urllib\.(?:parse|request)) import /m;

/** Whether any file of Python is written for Python 3. */
async function speaksThree(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) if (file.endsWith('.py') && newerSyntax.test(await readFile(join(folder, file), 'utf8'))) return true;
  return false;
}

/** Eight spaces are as far as a tab to Python 2 only, so that lines of one block may begin with either. */
const mixesTabs = (text: string): boolean => /^\t* {8}[\t ]*\S/m.test(text) && /^\t+\S/m.test(text);

/** `kitchen3` beside `kitchen2` */
function twinFolder(file: string, files: readonly string[]): string | null {
  const folder = /^(?:[^/]+\/)*?[^/]*[^/\d]2(?=\/)/.exec(file)?.[0];
  const twin = folder?.replace(/2$/, '3');
  return twin !== undefined && files.some((each) => each.startsWith(`${twin}/`)) ? twin : null;
}

/** `except OSError, error:`, which later ones take for two classes. */
const caughtBefore = (text: string, name: string): boolean =>
  new RegExp(`^[ \\t]*except ?(?:[\\w.]{1,80}|\\([\\w.,\\s]{1,400}\\)), *${escaped(name)} *:`, 'm').test(text);
