import { posix } from 'node:path';
import type { LocatedHit } from '../merge.js';
import { escaped, lowered, type Verdict } from './nodes.js';

const isStarted = /^if __name__ == ["']__main__["']|^#!/m;
/** It stays, and so does what it waits for. */
const staysUp = /\bwhile (?:True|1)\b|\b(?:serve|run)_forever\b|\bevery\(\d*\)|\buvicorn\.run\b|\bapp\.run\(/;

/** A file of Python that can be started and is no part of a package: a script of whoever stands before it, and can end it. */
export async function startedAlone(
  { rule, file, start }: LocatedHit,
  { files, textOf }: { files: ReadonlySet<string>; textOf: (file: string) => Promise<string> },
): Promise<Verdict | null> {
  const folder = posix.dirname(file);
  if (rule.class !== 'no-timeout' || rule.language !== 'python' || folder === 'src' || files.has(`${folder}/__init__.py`)) return null;
  const text = await textOf(file);
  // What stands in no function runs when the file is started.
  const isBare = /^\S/.test(text.slice(text.lastIndexOf('\n', start - 1) + 1));
  if (staysUp.test(text) || !(isStarted.test(text) || isBare)) return null;
  if (folder !== '.')
    return lowered('started by hand', `${folder}/ is no package, so the file is started, and waited for, by whoever needs it`);
  return (await isInstalled(file, { files, textOf }))
    ? null
    : lowered('started by hand', `nothing installs ${file}: it is started, and waited for, by whoever works on the project`);
}

/** Whether a module at the top of a tree is a part of what is installed: the project has no package beside it, or names it. */
async function isInstalled(
  file: string,
  { files, textOf }: { files: ReadonlySet<string>; textOf: (file: string) => Promise<string> },
): Promise<boolean> {
  const manifests = ['pyproject.toml', 'setup.cfg', 'setup.py'].filter((each) => files.has(each));
  const hasPackage = [...files].some((each) => /^(?:src\/)?[^/]+\/__init__\.py$/.test(each) && !/^tests?\//.test(each));
  if (manifests.length === 0 || !hasPackage) return true;
  const texts = await Promise.all(manifests.map(textOf));
  return texts.some((each) => new RegExp(`\\b${escaped(posix.basename(file, '.py'))}\\b`).test(each));
}
