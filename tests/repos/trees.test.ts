import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createClones } from '../../src/repos/clones.js';
import { gitIn, repository, temporaryFolder, write } from '../gates/repository.js';

const many = Object.fromEntries(Array.from({ length: 1_200 }, (_, at) => [`many/${at % 10}/f${at}.txt`, `${at}\n`]));

/** Everything below a folder, with its kind, whether it can be run, and what it holds. */
function contents(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) found.set(name, `link ${readlinkSync(path)}`);
    else if (stats.isFile()) found.set(name, `file ${stats.mode & 0o111 ? 'x' : '-'} ${readFileSync(path, 'latin1')}`);
  }
  return found;
}

async function prepare(files: Record<string, string> = many, name = 'large') {
  const root = temporaryFolder();
  const clones = createClones({ root });
  const repo = { name, source: repository(files) };
  const pinned = async () => {
    await clones.refresh(repo);
    return (await clones.pin(repo)).commit;
  };
  const commit = () => {
    gitIn(repo.source, 'add', '-A');
    gitIn(repo.source, 'commit', '-q', '--allow-empty', '-m', 'change');
    return pinned();
  };
  const look = (at: string, id = 'review') => clones.tree({ repo, commit: at, run: 'r', id });
  return { root, clones, repo, look, commit, base: await pinned() };
}

const inode = (folder: string) => lstatSync(join(folder, 'many/0/f0.txt')).ino;

it('writes only what differs from the last look at a large repository', async () => {
  const { root, repo, look, commit, base } = await prepare();
  const first = await look(base);
  const before = inode(first.folder);
  await first.remove();
  expect(existsSync(join(root, 'checkouts', 'r'))).toBe(false);
  write(repo.source, { 'many/1/f1.txt': 'changed\n' });
  const second = await look(await commit());
  expect(inode(second.folder)).toBe(before);
  expect([first.changed, second.changed]).toEqual([null, ['many/1/f1.txt']]);
  expect(readFileSync(join(second.folder, 'many/1/f1.txt'), 'utf8')).toBe('changed\n');
  await second.remove();
  await second.remove();
  expect(readdirSync(join(root, 'trees'))).toHaveLength(1);
});

it('keeps no tree of a small repository', async () => {
  const { root, look, base } = await prepare({ 'a.txt': '1\n' });
  await (await look(base)).remove();
  expect(existsSync(join(root, 'trees'))).toBe(false);
});

const path = fc.constantFrom('a', 'a/b', 'a/b/c.txt', 'd.txt', 'many/3', '.gitattributes', 'many/.gitattributes', '.gitignore');
const change = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    path,
    text: fc.constantFrom('', 'one\n', 'two\r\nlines\r\n', '*.txt text eol=crlf\n', '*\n'),
  }),
  fc.record({ kind: fc.constantFrom('link' as const, 'gone' as const, 'run' as const), path, text: fc.constant('') }),
);

it('is the same as a fresh tree, whatever changed between two looks', async () => {
  const { root, clones, repo, look, commit, base } = await prepare();
  await (await look(base)).remove();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      for (const { kind, path, text } of changes) {
        const at = join(repo.source, path);
        if (kind === 'run') {
          if (existsSync(at) && lstatSync(at).isFile()) chmodSync(at, 0o755);
          continue;
        }
        // A file or link in place of a folder, or the other way round.
        for (const { index } of path.matchAll(/\//g)) {
          const above = join(repo.source, path.slice(0, index));
          if (lstatSync(above, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(above);
        }
        rmSync(at, { recursive: true, force: true });
        mkdirSync(dirname(at), { recursive: true });
        if (kind === 'file') writeFileSync(at, text);
        if (kind === 'link') symlinkSync('many/0/f0.txt', at);
      }
      const now = await commit();
      const kept = await look(now, 'kept');
      const fresh = await clones.tree({ repo, commit: now, run: 'r', id: 'fresh' });
      expect(contents(kept.folder)).toEqual(contents(fresh.folder));
      await kept.remove();
      await fresh.remove();
    }),
    { numRuns: 15 },
  );
  expect(readdirSync(join(root, 'trees'))).toHaveLength(1);
});

it('knows that attributes decide how other files are written', async () => {
  const { repo, look, commit, base } = await prepare();
  await (await look(base)).remove();
  write(repo.source, { 'many/4/.gitattributes': '*.txt text eol=crlf\n' });
  const tree = await look(await commit());
  expect(readFileSync(join(tree.folder, 'many/4/f4.txt'), 'utf8')).toBe('4\r\n');
  await tree.remove();
  rmSync(join(repo.source, 'many/4/.gitattributes'));
  expect(readFileSync(join((await look(await commit())).folder, 'many/4/f4.txt'), 'utf8')).toBe('4\n');
});

it('trusts nothing that was done to a tree meanwhile', async () => {
  const { look, base } = await prepare({ ...many, '.gitignore': 'cache/\n' });
  const first = await look(base);
  const clean = contents(first.folder);
  const at = (name: string) => join(first.folder, name);
  const harm: (() => void)[] = [
    () => {
      // As long as before, and as old.
      const { atime, mtime } = lstatSync(at('many/0/f0.txt'));
      writeFileSync(at('many/0/f0.txt'), '1\n');
      utimesSync(at('many/0/f0.txt'), atime, mtime);
    },
    () => write(first.folder, { 'cache/left.py': 'x\n' }),
    () => rmSync(at('many/5'), { recursive: true }),
    () => {
      rmSync(at('many/6'), { recursive: true });
      symlinkSync('5', at('many/6'));
    },
    () => writeFileSync(join(dirname(first.folder), 'index'), 'broken'),
    () => writeFileSync(join(dirname(first.folder), 'index.lock'), ''),
  ];
  await first.remove();
  for (const [round, damage] of harm.entries()) {
    const tree = await look(base);
    expect(tree.folder).toBe(first.folder);
    expect(contents(tree.folder), `before ${round}`).toEqual(clean);
    damage();
    await tree.remove();
  }
  expect(contents((await look(base)).folder)).toEqual(clean);
});

it('gives two looks at once a tree each, and keeps one', async () => {
  const { root, look, base } = await prepare();
  await (await look(base)).remove();
  const [one, two] = await Promise.all([look(base, 'one'), look(base, 'two')]);
  expect(contents(one!.folder)).toEqual(contents(two!.folder));
  expect(one!.folder).not.toBe(two!.folder);
  await Promise.all([one!.remove(), two!.remove()]);
  expect(readdirSync(join(root, 'trees'))).toHaveLength(1);
  expect(existsSync(join(root, 'checkouts', 'r'))).toBe(false);
});

it('does not outlive a crash half way', async () => {
  const { root, clones, look, base } = await prepare();
  await (await look(base)).remove();
  const left = await look(base);
  rmSync(join(left.folder, 'many/1'), { recursive: true });
  await clones.reap({ keep: () => false });
  expect(existsSync(left.folder)).toBe(false);
  expect(readdirSync(join(root, 'trees'))).toEqual([]);
  expect(contents((await look(base)).folder).size).toBe(1_200);
});

it('keeps the trees of five repositories, none of them for longer than a month', async () => {
  const { root, clones, repo, base } = await prepare();
  for (let at = 0; at < 6; at++) {
    const other = { ...repo, name: `large-${at}` };
    await clones.refresh(other);
    await (await clones.tree({ repo: other, commit: base, run: 'r', id: 'x' })).remove();
  }
  expect(readdirSync(join(root, 'trees')).sort()).toEqual([1, 2, 3, 4, 5].map((at) => `large-${at}`));
  const longAgo = new Date(Date.now() - 31 * 86_400_000);
  utimesSync(join(root, 'trees', 'large-3', 'commit'), longAgo, longAgo);
  await clones.reap({ keep: () => false });
  expect(readdirSync(join(root, 'trees')).sort()).toEqual([1, 2, 4, 5].map((at) => `large-${at}`));
});
