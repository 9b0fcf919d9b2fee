import { access, constants, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { runProcess, scrubbedEnvironment } from '../../../process/runner.js';

export interface FoundTool {
  path: string;
  version: string;
}

interface Where {
  /** The owner's word for where it is; null: it is looked for on PATH. */
  at?: string | null | undefined;
  /** Folders whose programs are not the owner's. */
  outside?: readonly string[];
}

const asked = new Map<string, Promise<FoundTool | null>>();

/**
 * A program of the machine's owner, by its own answer: a name on PATH may be a version manager's shim with nothing behind it. Never one
 * from a repository: only absolute folders of PATH count, none that packages of a project are installed to, and none in a repository.
 */
export async function findTool(name: string, { at = null, outside = [] }: Where = {}): Promise<FoundTool | null> {
  const others = await Promise.all(outside.map((folder) => realpath(folder).catch(() => folder)));
  const places = at === null ? onPath(name) : [at];
  for (const path of places) {
    try {
      const real = await realpath(path);
      const isTheirs = [path, real].some((one) => others.some((folder) => isIn(folder, dirname(one))));
      if (isTheirs || (at === null && /\/node_modules\/\.bin\//.test(real))) continue;
      await access(path, constants.X_OK);
      if (!(await stat(path)).isFile()) continue;
      const found = await versionOf(path);
      if (found) return found;
    } catch {
      // Not there: another folder may have it.
    }
  }
  return null;
}

function onPath(name: string): string[] {
  const folders = (scrubbedEnvironment().PATH ?? '').split(delimiter);
  return folders.filter((folder) => isAbsolute(folder) && !/(?:^|\/)node_modules(?:\/|$)/.test(folder)).map((folder) => join(folder, name));
}

function isIn(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

/** Asked once by a process, because the answer takes a program's start. */
function versionOf(path: string): Promise<FoundTool | null> {
  let answer = asked.get(path);
  if (!answer) {
    answer = ask(path).catch(() => null);
    asked.set(path, answer);
  }
  return answer;
}

async function ask(path: string): Promise<FoundTool | null> {
  const { exitCode, stdout } = await runProcess({ command: path, args: ['--version'], cwd: tmpdir(), timeoutMs: 20_000 });
  const version = /\d+\.\d+(?:\.\d+)*/.exec(stdout)?.[0];
  return exitCode === 0 && version !== undefined ? { path, version } : null;
}
