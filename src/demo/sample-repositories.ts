import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../git/git.js';

interface SampleCommit {
  message: string;
  /** Paths of the sample, as git's `add` takes them. */
  paths: string[];
  tag?: string;
}

/** The story each sample's history tells; what is not named in it comes with the last commit. */
const histories = {
  'shop-api': [
    {
      message: 'chore: set up the package',
      paths: ['package.json', 'package-lock.json', '.gitignore', 'README.md', 'tsconfig.json', 'scripts', '.mahavishnu.yaml'],
    },
    {
      message: 'feat: read orders and prices',
      paths: ['src/index.js', 'src/index.d.ts', 'src/orders.js', 'src/prices.js', 'src/supplier.js'],
    },
    { message: 'feat: keep stock', paths: ['src/stock.js'] },
    { message: 'test: orders, prices and stock', paths: ['test', 'src/notify.js'], tag: 'v2.4.0' },
  ],
  'ledger-py': [
    { message: 'chore: set up the project', paths: ['pyproject.toml', '.gitignore', 'README.md', '.mahavishnu.yaml'] },
    { message: 'feat: book entries and sum up accounts', paths: ['ledger'] },
    { message: 'test: the book', paths: ['tests'], tag: 'v0.3.1' },
  ],
} satisfies Record<string, SampleCommit[]>;

export type SampleName = keyof typeof histories;
export const sampleNames = Object.keys(histories) as SampleName[];

const samples = join(dirname(fileURLToPath(import.meta.url)), 'samples');

/**
 * Copies a sample below `folder`, gives it a history and a bare origin that may be pushed to. Author and dates are fixed, so the
 * same sample has the same commits everywhere.
 */
export async function createSampleRepository(name: SampleName, folder: string): Promise<{ origin: string; checkout: string }> {
  const checkout = join(folder, name);
  const origin = join(folder, `${name}.git`);
  await mkdir(folder, { recursive: true });
  await cp(join(samples, name), checkout, { recursive: true, errorOnExist: true, force: false });
  // npm leaves files called .gitignore out of a package.
  await rename(join(checkout, 'gitignore'), join(checkout, '.gitignore'));
  if (name === 'shop-api') await plantToken(join(checkout, 'src', 'notify.js'));

  await git(['init', '--quiet', '--bare', '--initial-branch=main', origin], { cwd: folder });
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: checkout });
  await git(['remote', 'add', 'origin', origin], { cwd: checkout });
  for (const [at, { message, paths, tag }] of (histories[name] as SampleCommit[]).entries()) {
    const date = `2026-0${at + 1}-15T09:00:00Z`;
    const env = {
      GIT_AUTHOR_NAME: 'Dana Sample',
      GIT_AUTHOR_EMAIL: 'dana@sample.invalid',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    };
    await git(['add', '--', ...paths], { cwd: checkout });
    await git(['commit', '--quiet', '-m', message], { cwd: checkout, env });
    if (tag) await git(['tag', '-a', tag, '-m', tag], { cwd: checkout, env });
  }
  await git(['push', '--quiet', '--follow-tags', '-u', 'origin', 'main'], { cwd: checkout });
  return { origin, checkout };
}

/** Put together here so that this repository holds nothing that looks like a token. It was never issued by anyone. */
async function plantToken(path: string): Promise<void> {
  const token = ['xoxb', '204857391066', '2048573910663', 'sampleSampleSampleSample'].join('-');
  await writeFile(path, (await readFile(path, 'utf8')).replace('{{FAKE_TOKEN}}', token));
}
