import { execFile } from 'node:child_process';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git } from '../../src/git/git.js';

/** Pure Python, 158,000 lines in 883 files; pip compares the digest. */
const pinned = { name: 'django', version: '5.2.8', sha256: '37e687f7bd73ddf043e2b6b97cfe02fcbb11f2dbb3adccc6a2b18c6daa054d7f' };

const run = promisify(execFile);

/** Fetches the package from the package index that pip is set up for, as it is published, and makes a repository with one commit of it. */
export async function fetchSourcePackage(folder: string): Promise<{ repository: string; checkout: string; title: string }> {
  const { name, version, sha256 } = pinned;
  const [downloads, checkout] = [join(folder, 'downloads'), join(folder, 'checkout')];
  await mkdir(downloads, { recursive: true });
  const requirement = join(folder, 'requirement.txt');
  await writeFile(requirement, `${name}==${version} --hash=sha256:${sha256}\n`);
  const options = ['--no-deps', '--only-binary', ':all:', '--require-hashes', '--quiet', '--dest', downloads, '--requirement', requirement];
  // A wheel is only unpacked: nothing of the package runs.
  await run('python3', ['-m', 'pip', 'download', ...options], { timeout: 300_000 });
  await run('python3', ['-m', 'zipfile', '-e', join(downloads, `${name}-${version}-py3-none-any.whl`), checkout], { timeout: 60_000 });
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: checkout });
  await commitAll(checkout, `feat: ${name} ${version}`);
  const repository = join(folder, 'python.git');
  await git(['clone', '--quiet', '--bare', checkout, repository], { cwd: folder });
  return { repository, checkout, title: `${name} ${version}` };
}

/** Three files changed as people change them: new functions with a defect, and one that calls what is there. */
export async function changeThreeFiles(checkout: string, repository: string, round: number): Promise<void> {
  const change = (file: string, text: string) => appendFile(join(checkout, file), text);
  await change(
    'django/core/handlers/wsgi.py',
    `\n\nasync def later_${round}():\n    return 1\n\n\nasync def caller_${round}():\n    later_${round}()\n`,
  );
  await change('django/contrib/admin/helpers.py', `\n\ndef of_two_${round}(first, second):\n    return undefined_name(first, second)\n`);
  await change('django/utils/text.py', `\n\ndef twice_${round}(value, seen=[]):\n    return slugify(value) * 2\n`);
  await commitAll(checkout, 'feat: three changes');
  await git(['push', '--quiet', repository, 'main'], { cwd: checkout });
}

async function commitAll(checkout: string, message: string): Promise<void> {
  await git(['add', '--all', '--force'], { cwd: checkout });
  await git(['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', 'commit', '--quiet', '-m', message], { cwd: checkout });
}
