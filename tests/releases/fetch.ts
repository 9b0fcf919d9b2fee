import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../src/process/runner.js';
import type { ReleaseRow } from './rows.js';

/** Fetches one release, as it is published, from the registry npm or pip is set up for; the folder it is unpacked in. */
export async function fetchRelease({ package: name, ecosystem }: ReleaseRow, version: string, keep: string): Promise<string> {
  const folder = join(keep, `${name.replace(/[@/]/g, '_')}-${version}`);
  if (existsSync(folder)) return folder;
  const work = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    const [downloads, unpacked] = [join(work, 'downloads'), join(work, 'unpacked')];
    await mkdir(downloads);
    await mkdir(unpacked);
    const fetched = ecosystem === 'npm' ? await fromNpm(name, version, downloads) : await fromPypi(name, version, downloads);
    const file = join(downloads, fetched);
    if (/\.(whl|zip)$/.test(file)) await run('python3', ['-m', 'zipfile', '-e', file, unpacked], work);
    else await run('tar', ['-xzf', file, '-C', unpacked], work);
    // Source archives hold one folder, npm's too; a wheel is the tree itself.
    const [only, ...others] = await readdir(unpacked);
    const top = only !== undefined && others.length === 0 && !file.endsWith('.whl') ? join(unpacked, only) : unpacked;
    await mkdir(keep, { recursive: true });
    await rename(top, folder);
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fromNpm(name: string, version: string, folder: string): Promise<string> {
  await run('npm', ['pack', '--silent', '--ignore-scripts', `${name}@${version}`], folder);
  return onlyFile(folder);
}

async function fromPypi(name: string, version: string, folder: string): Promise<string> {
  const download = (...options: string[]) =>
    run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', ...options, '--dest', folder, `${name}==${version}`], folder);
  // A wheel is only unpacked. Of what was never published as one pip asks the package's own set-up for its name.
  await download('--only-binary', ':all:', '--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--platform', 'any').catch(
    async () => download('--no-binary', ':all:'),
  );
  return onlyFile(folder);
}

async function onlyFile(folder: string): Promise<string> {
  const [file, ...others] = await readdir(folder);
  if (file === undefined || others.length > 0) throw new Error(`${folder} holds ${file === undefined ? 'nothing' : 'more than one file'}`);
  return file;
}

async function run(command: string, args: string[], cwd: string): Promise<void> {
  const { exitCode, stderr } = await runProcess({ command, args, cwd, timeoutMs: 300_000 });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr.slice(-1000)}`);
}
