import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { git } from '../../src/git/git.js';

/** A bare repository with one commit of these files. */
export async function createRepository(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const checkout = `${folder}.checkout`;
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), text);
  }
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: checkout });
  await git(['add', '--all'], { cwd: checkout });
  await git(['commit', '--quiet', '-m', 'feat: all of it'], { cwd: checkout });
  await git(['clone', '--quiet', '--bare', checkout, folder], { cwd: dirname(folder) });
  return folder;
}

/** A settings folder that names these repositories. */
export async function writeSettings(
  folder: string,
  repositories: Readonly<Record<string, string>>,
  main: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const repos = Object.entries(repositories).map(([name, path]) => ({ name, path }));
  const allowed = [...new Set(repos.map(({ path }) => dirname(path)))];
  await writeFile(join(folder, 'repos.yaml'), stringify({ allowed_folders: allowed, repos }));
  await writeFile(join(folder, 'mahavishnu.yaml'), stringify(main));
  return folder;
}
