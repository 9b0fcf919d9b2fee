import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createClones } from '../../src/repos/clones.js';
import { fromFolderName, toFolderName } from '../../src/repos/folder-name.js';
import type { Repo } from '../../src/repos/source.js';
import { gitIn, repository, temporaryFolder, write } from '../gates/repository.js';

let root: string;
let clones: ReturnType<typeof createClones>;
beforeEach(() => {
  root = temporaryFolder();
  clones = createClones({ root });
});

const head = (folder: string, ref = 'HEAD') => gitIn(folder, 'rev-parse', ref).trim();
const commit = (folder: string, files: Record<string, string>, message = 'change') => {
  write(folder, files);
  gitIn(folder, 'add', '-A');
  gitIn(folder, 'commit', '-q', '-m', message);
  return head(folder);
};

describe('refresh and pin', () => {
  it('follows its source, without what is uncommitted there', async () => {
    const source = repository({ 'a.txt': 'one\n' });
    const repo = { name: 'api', source };
    await clones.refresh(repo);
    const first = await clones.pin(repo);
    expect(first).toEqual({ commit: head(source), defaultBranch: 'main' });
    const second = commit(source, { 'a.txt': 'two\n' });
    write(source, { 'a.txt': 'uncommitted\n' });
    const before = gitIn(source, 'status', '--porcelain');
    await Promise.all([clones.refresh(repo), clones.refresh(repo)]);
    expect((await clones.pin(repo)).commit).toBe(second);
    expect(await clones.readFileAt(repo, second, 'a.txt')).toBe('two\n');
    expect(gitIn(source, 'status', '--porcelain')).toBe(before);
  });

  it('resolves branches, tags, abbreviated commits and steps back, and follows a rewritten branch', async () => {
    const source = repository({});
    const first = head(source);
    gitIn(source, 'tag', 'v1');
    const second = commit(source, { a: '1' });
    gitIn(source, 'branch', 'feature/x', first);
    const repo = { name: 'api', source };
    await clones.refresh(repo);
    for (const [ref, expected] of [
      ['main', second],
      ['origin/main', second],
      ['v1', first],
      ['feature/x', first],
      ['HEAD~1', first],
      ['main^', first],
      [second.slice(0, 8), second],
    ] as const) {
      expect((await clones.pin(repo, ref)).commit, ref).toBe(expected);
    }
    gitIn(source, 'reset', '-q', '--hard', first);
    await clones.refresh(repo);
    expect((await clones.pin(repo, 'main')).commit).toBe(first);
  });

  it.each(['nope', '--upload-pack=x', '', 'a b', 'main..v1', 'HEAD~99', '@{u}', '\u0000'])('refuses the ref %j', async (ref) => {
    const repo = { name: 'api', source: repository({}) };
    await clones.refresh(repo);
    await expect(clones.pin(repo, ref)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('is no branch, tag or commit'),
    });
  });

  it('says clearly why a repository cannot be used, and leaves nothing behind', async () => {
    const empty = temporaryFolder();
    gitIn(empty, 'init', '-q');
    const plain = temporaryFolder();
    const inside = repository({ 'sub/a': '' });
    const cases: [Repo, RegExp][] = [
      [{ name: 'a', source: join(plain, 'missing') }, /does not exist/],
      [{ name: 'b', source: plain }, /is not a git repository/],
      [{ name: 'c', source: join(inside, 'sub') }, /is not a git repository/],
      [{ name: 'd', source: empty }, /has no commits yet/],
      [{ name: 'e', source: 'relative/path' }, /neither an absolute path nor a URL/],
      [{ name: 'f', source: '--upload-pack=touch x' }, /not valid/],
    ];
    for (const [repo, message] of cases)
      await expect(clones.refresh(repo)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(message) });
    await expect(clones.refresh({ name: 'g', source: 'ext::sh -c touch% x' })).rejects.toThrow();
    await expect(clones.refresh({ name: 'h', source: 'http://127.0.0.1:9/x.git' })).rejects.toMatchObject({ code: 'service_unavailable' });
    await expect(clones.pin({ name: 'never', source: plain })).rejects.toMatchObject({
      message: expect.stringContaining('not fetched yet'),
    });
  });

  it('accepts a bare repository and one without a branch', async () => {
    const source = repository({ a: '1' });
    const bare = join(temporaryFolder(), 'bare.git');
    gitIn(source, 'clone', '-q', '--bare', '.', bare);
    await clones.refresh({ name: 'bare', source: bare });
    expect(await clones.pin({ name: 'bare', source: bare })).toEqual({ commit: head(source), defaultBranch: 'main' });
    gitIn(source, 'checkout', '-q', '--detach');
    await clones.refresh({ name: 'detached', source });
    expect(await clones.pin({ name: 'detached', source })).toEqual({ commit: head(source), defaultBranch: null });
  });
});

describe('reading commits', () => {
  it('lists odd names and leaves out submodules', async () => {
    const source = repository({ 'with space.txt': '', 'ü/n"ew\nline.txt': 'x' });
    execFileSync('git', ['update-index', '--add', '-z', '--index-info'], {
      cwd: source,
      input: Buffer.concat([
        Buffer.from(`100644 ${'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'}\tbad`),
        Buffer.from([0xff, 0x00]),
        Buffer.from(`160000 ${head(source)}\tsub\0`),
      ]),
    });
    gitIn(source, 'commit', '-q', '-m', 'odd');
    const repo = { name: 'api', source };
    await clones.refresh(repo);
    const { commit: at } = await clones.pin(repo);
    expect(await clones.listFilesAt(repo, at)).toEqual(['bad\ufffd', 'with space.txt', 'ü/n"ew\nline.txt']);
    expect(await clones.readFileAt(repo, at, 'ü/n"ew\nline.txt')).toBe('x');
    for (const missing of ['nope', 'sub', 'ü', '../x', '*.txt', ':(glob)**'])
      expect(await clones.readFileAt(repo, at, missing), missing).toBeNull();
  });

  it('counts a difference', async () => {
    const source = repository({ 'a.txt': '1\n2\n', 'b.bin': '\0\u0001' });
    const base = head(source);
    const now = commit(source, { 'a.txt': '1\n3\n4\n', 'b.bin': '\0\u0002' });
    const repo = { name: 'api', source };
    await clones.refresh(repo);
    expect(await clones.diffStat(repo, base, now)).toEqual({
      files: [
        { path: 'a.txt', added: 2, removed: 1, binary: false },
        { path: 'b.bin', added: 0, removed: 0, binary: true },
      ],
      added: 2,
      removed: 1,
    });
  });
});

describe('worktrees and checkouts (FX-2, FX-7)', () => {
  const prepare = async (files: Record<string, string> = { 'a.txt': 'one\n' }) => {
    const repo = { name: 'api', source: repository(files) };
    await clones.refresh(repo);
    return { repo, base: (await clones.pin(repo)).commit };
  };

  it('cuts worktrees side by side, starts one afresh when asked again, and removes them with their branch', async () => {
    const { repo, base } = await prepare();
    const trees = await Promise.all(['MHV-1', 'MHV-2', 'MHV-3'].map((id) => clones.worktree({ repo, commit: base, run: 'run:1', id })));
    expect(new Set(trees.map(({ folder }) => folder)).size).toBe(3);
    const first = trees[0];
    if (!first) throw new Error('no worktree');
    commit(first.folder, { 'a.txt': 'two\n', left: 'over' });
    const again = await clones.worktree({ repo, commit: base, run: 'run:1', id: 'MHV-1' });
    expect(again.folder).toBe(first.folder);
    expect(head(again.folder)).toBe(base);
    expect(existsSync(join(again.folder, 'left'))).toBe(false);
    for (const tree of [...trees, ...trees]) await tree.remove();
    expect(gitIn(clones.cloneOf(repo), 'worktree', 'list').trim().split('\n')).toHaveLength(1);
    expect(gitIn(clones.cloneOf(repo), 'branch', '--list').trim()).toBe('');
    expect(existsSync(join(root, 'worktrees', toFolderName('run:1')))).toBe(false);
  });

  it('a checkout has only its commit and no way to the clone', async () => {
    const { repo, base } = await prepare({ 'a.txt': 'one\n', '.gitattributes': '* filter=lfs\n' });
    const place = await clones.checkout({ repo, commit: base, run: 'r', id: 'gate' });
    expect(gitIn(place.folder, 'status', '--porcelain')).toBe('');
    expect(gitIn(place.folder, 'log', '--format=%H').trim()).toBe(base);
    expect(gitIn(place.folder, 'remote')).toBe('');
    expect(lstatSync(join(place.folder, '.git')).isDirectory()).toBe(true);
    expect(existsSync(join(place.folder, '.git', 'objects', 'info', 'alternates'))).toBe(false);
    expect(readFileSync(join(place.folder, 'a.txt'), 'utf8')).toBe('one\n');
    await place.remove();
    expect(existsSync(place.folder)).toBe(false);
  });

  it('a tree has the files of its commit and nothing of git, and two at a time do not mix', async () => {
    const { repo, base } = await prepare({ 'a.txt': 'one\n', 'b/c.txt': 'kept\n', '.gitattributes': '* filter=lfs\nb export-ignore\n' });
    const work = await clones.worktree({ repo, commit: base, run: 'r', id: 'x' });
    const later = commit(work.folder, { 'a.txt': 'two\n', 'd.txt': 'new\n' });
    const [before, after] = await Promise.all(
      [base, later].map((at) => clones.tree({ repo, commit: at, run: 'r', id: `review-${at.slice(0, 12)}` })),
    );
    expect(readdirSync(before!.folder).sort()).toEqual(['.gitattributes', 'a.txt', 'b']);
    expect(readFileSync(join(before!.folder, 'a.txt'), 'utf8')).toBe('one\n');
    expect(readFileSync(join(before!.folder, 'b', 'c.txt'), 'utf8')).toBe('kept\n');
    expect(readdirSync(after!.folder).sort()).toEqual(['.gitattributes', 'a.txt', 'b', 'd.txt']);
    await Promise.all([before!.remove(), after!.remove()]);
    expect(existsSync(join(root, 'checkouts', 'r'))).toBe(false);
  });

  it('checks out a fix that is on no branch any more', async () => {
    const { repo, base } = await prepare();
    const tree = await clones.worktree({ repo, commit: base, run: 'r', id: 'x' });
    const fixed = commit(tree.folder, { 'a.txt': 'fixed\n' });
    await tree.remove();
    const place = await clones.checkout({ repo, commit: fixed, run: 'r', id: 'x' });
    expect(readFileSync(join(place.folder, 'a.txt'), 'utf8')).toBe('fixed\n');
  });

  it('runs no hook of the source and follows no link while it removes', async () => {
    const source = repository({ 'a.txt': '' });
    const mark = join(temporaryFolder(), 'mark');
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-push'])
      writeFileSync(join(source, '.git', 'hooks', hook), `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 });
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'keep'), '');
    symlinkSync(outside, join(source, 'link'));
    gitIn(source, '-c', 'core.hooksPath=/dev/null', 'add', '-A');
    gitIn(source, '-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'link');
    const repo = { name: 'hooks', source };
    await clones.refresh(repo);
    const { commit: at } = await clones.pin(repo);
    const tree = await clones.worktree({ repo, commit: at, run: 'r', id: 'x' });
    await tree.remove();
    expect(existsSync(mark)).toBe(false);
    expect(existsSync(join(outside, 'keep'))).toBe(true);
  });

  it('reaps what a crash left, and only that', async () => {
    const { repo, base } = await prepare();
    const kept = await clones.worktree({ repo, commit: base, run: 'going:on', id: 'x' });
    const dead = await clones.worktree({ repo, commit: base, run: 'dead', id: 'x' });
    const deadCheckout = await clones.checkout({ repo, commit: base, run: 'dead', id: 'x' });
    const vanished = await clones.worktree({ repo, commit: base, run: 'vanished', id: 'x' });
    rmSync(vanished.folder, { recursive: true });
    expect(await clones.reap({ keep: (run) => run === 'going:on' })).toEqual({ removed: ['dead', 'vanished'] });
    expect([kept, dead, deadCheckout].map(({ folder }) => existsSync(folder))).toEqual([true, false, false]);
    expect(gitIn(clones.cloneOf(repo), 'branch', '--list', '--format=%(refname:short)').trim()).toBe(kept.branch);
  });

  it.each(['the run', 'a start'])('goes on after git was killed in the middle of making a worktree, by %s', async (by) => {
    const { repo, base } = await prepare();
    const place = { repo, commit: base, run: 'r', id: 'x' };
    await clones.worktree(place);
    const half = join(clones.cloneOf(repo), 'worktrees', 'x');
    writeFileSync(join(half, 'locked'), 'initializing');
    writeFileSync(join(half, 'HEAD'), `${'0'.repeat(40)}\n`);
    if (by === 'a start') await clones.reap({ keep: () => true });
    else await clones.worktree(place);
    const next = commit(repo.source, { 'a.txt': 'next\n' });
    await clones.refresh(repo);
    expect((await clones.pin(repo)).commit).toBe(next);
  });

  it('takes fixes in while worktrees are being made', async () => {
    const { repo, base } = await prepare();
    const tree = await clones.worktree({ repo, commit: base, run: 'r', id: 'x' });
    const fixed = commit(tree.folder, { 'a.txt': 'fixed\n' });
    const content = await clones.bundle(repo, base, fixed);
    const making = Array.from({ length: 30 }, (_, id) => clones.worktree({ repo, commit: base, run: 'r', id: `${id}` }));
    let made = false;
    const all = Promise.all(making).finally(() => {
      made = true;
    });
    while (!made) expect(await Promise.all([clones.unbundle(repo, content), clones.unbundle(repo, content)])).toEqual([fixed, fixed]);
    await all;
  });

  it('carries a fix to another machine as a bundle', async () => {
    const { repo, base } = await prepare();
    const tree = await clones.worktree({ repo, commit: base, run: 'r', id: 'x' });
    const fixed = commit(tree.folder, { 'a.txt': 'fixed\n' });
    const content = await clones.bundle(repo, base, fixed);
    const other = createClones({ root: temporaryFolder() });
    await other.refresh(repo);
    expect(await other.unbundle(repo, content)).toBe(fixed);
    expect(await other.unbundle(repo, content)).toBe(fixed);
    expect(await other.readFileAt(repo, fixed, 'a.txt')).toBe('fixed\n');
    await expect(other.unbundle(repo, Buffer.from('no bundle'))).rejects.toThrow();
  });
});

it('names of runs are reversible, and safe as a path, a branch and on PATH', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), (id) => {
      // Twenty signs of music are some hundred bytes, each of which is written as three letters.
      const written = Buffer.from(id)
        .toString('latin1')
        .replace(/[^\w-]/g, '=HH');
      if (written.length > 200) {
        expect(() => toFolderName(id)).toThrow(/too long/);
        return;
      }
      const name = toFolderName(id);
      expect(name).toMatch(/^[\w=][\w=-]*$/);
      expect(fromFolderName(name)).toBe(Buffer.from(id).toString());
    }),
    { examples: [['ä'.repeat(33)], ['ä'.repeat(34)]] },
  );
  expect(() => toFolderName('')).toThrow();
  expect(toFolderName('../x')).not.toContain('.');
});

describe('what stood unchanged', () => {
  const at = (day: string, folder: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.com', ...args], {
      cwd: folder,
      env: { ...process.env, GIT_AUTHOR_DATE: `${day}T12:00:00Z`, GIT_COMMITTER_DATE: `${day}T12:00:00Z` },
    });
  const commitAt = (day: string, folder: string, files: Record<string, string>) => {
    write(folder, files);
    gitIn(folder, 'add', '-A');
    at(day, folder, 'commit', '-q', '-m', day);
  };
  const source = () => {
    const folder = temporaryFolder();
    gitIn(folder, 'init', '-q', '-b', 'main');
    commitAt('2026-01-01', folder, { 'a.py': '1\n', 'b.py': '1\n', 'c é.py': '1\n', 'gone.py': '1\n' });
    gitIn(folder, 'checkout', '-q', '-b', 'feature');
    commitAt('2026-02-01', folder, { 'b.py': '2\n' });
    gitIn(folder, 'checkout', '-q', 'main');
    at('2026-10-01', folder, 'merge', '-q', '--no-ff', '-m', 'merged', 'feature');
    commitAt('2026-10-02', folder, { 'a.py': '2\n' });
    commitAt('2026-10-03', folder, { 'a.py': '1\n', 'new.py': '1\n', 'c é.py': '2\n' });
    return folder;
  };
  const stood = async (folder: string, day: string) => {
    const repo = { name: folder, source: folder };
    await clones.refresh(repo);
    const found = await clones.unchangedSince(repo, (await clones.pin(repo)).commit, new Date(day));
    return found && { since: found.since.toISOString().slice(0, 10), changed: [...found.changed].sort() };
  };

  it('goes by the branch itself: a change counts from when it was merged, and one that was taken back does not', async () => {
    const folder = source();
    expect(await stood(folder, '2026-06-01')).toEqual({ since: '2026-01-01', changed: ['b.py', 'c é.py', 'new.py'] });
    expect(await stood(folder, '2026-10-02')).toEqual({ since: '2026-10-01', changed: ['c é.py', 'new.py'] });
    expect(await stood(folder, '2026-11-01')).toEqual({ since: '2026-10-03', changed: [] });
  });

  it('is not known where the history does not reach that far', async () => {
    const folder = source();
    expect(await stood(folder, '2025-06-01')).toBeNull();
    const shallow = temporaryFolder();
    gitIn(shallow, 'clone', '-q', '--depth=1', `file://${folder}`, 'here');
    expect(await stood(join(shallow, 'here'), '2026-06-01')).toBeNull();
  });
});
