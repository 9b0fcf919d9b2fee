import { access, constants, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { runProcess, scrubbedEnvironment } from '../../../process/runner.js';

export interface FoundTool {
  path: string;
  version: string;
}

const looked = new Map<string, Promise<FoundTool | null>>();

/**
 * A program of the machine's owner, by its own answer: a name on PATH may be a version manager's shim with nothing behind it. Never one
 * from a repository: only absolute folders of PATH count, and none that packages of a project are installed to.
 */
export function findTool(name: string): Promise<FoundTool | null> {
  let found = looked.get(name);
  if (!found) {
    found = look(name);
    looked.set(name, found);
  }
  return found;
}

async function look(name: string): Promise<FoundTool | null> {
  for (const folder of (scrubbedEnvironment().PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder) || /(?:^|\/)node_modules(?:\/|$)/.test(folder)) continue;
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      if (!(await stat(path)).isFile() || /\/node_modules\/\.bin\//.test(await realpath(path))) continue;
      const { exitCode, stdout } = await runProcess({ command: path, args: ['--version'], cwd: tmpdir(), timeoutMs: 20_000 });
      const version = /\d+\.\d+(?:\.\d+)*/.exec(stdout)?.[0];
      if (exitCode === 0 && version !== undefined) return { path, version };
    } catch {
      // Not there, or it cannot be started: another folder may have it.
    }
  }
  return null;
}
