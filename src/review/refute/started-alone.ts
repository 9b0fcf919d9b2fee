import { posix } from 'node:path';
import type { LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

const isStarted = /^if __name__ == ["']__main__["']|^#!/m;
/** It stays, and so does what it waits for. */
const staysUp = /\bwhile (?:True|1)\b|\b(?:serve|run)_forever\b|\bevery\(\d*\)|\buvicorn\.run\b|\bapp\.run\(/;

/** A file of Python that can be started, beside which there is no package: a script of whoever stands before it, and can end it. */
export async function startedAlone(
  { rule, file, start }: LocatedHit,
  { files, textOf }: { files: ReadonlySet<string>; textOf: (file: string) => Promise<string> },
): Promise<Verdict | null> {
  const folder = posix.dirname(file);
  if (rule.class !== 'no-timeout' || rule.language !== 'python' || folder === '.' || folder === 'src') return null;
  if (files.has(`${folder}/__init__.py`)) return null;
  const text = await textOf(file);
  // What stands in no function runs when the file is started.
  const isBare = /^\S/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1));
  return (isStarted.test(text) || isBare) && !staysUp.test(text)
    ? lowered('started by hand', `${folder}/ is no package, so the file is started, and waited for, by whoever needs it`)
    : null;
}
