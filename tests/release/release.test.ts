import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../../src/git/git.js';
import { applyBump, commitAndTag, commitSource, planBump, readReleasePackage } from '../../src/release/bump.js';
import { commitsSince } from '../../src/release/commits.js';
import { publishByCommand } from '../../src/release/publish-by-command.js';
import { pushRelease } from '../../src/release/push.js';

let root: string;
let origin: string;
let work: string;
const run = async (cwd: string, ...args: string[]) => (await git(args, { cwd })).trim();
const at = new Date('2026-11-21T15:20:00Z');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'release with space '));
  origin = join(root, 'origin.git');
  work = join(root, 'work');
  await run(root, 'init', '--quiet', '--bare', '--initial-branch=main', origin);
  await run(root, 'clone', '--quiet', origin, work);
  await run(work, 'checkout', '--quiet', '-B', 'main');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function commit(files: Record<string, string>, message: string, folder = work): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  await run(folder, 'add', '--all');
  await run(folder, 'commit', '--quiet', '--message', message);
  return run(folder, 'rev-parse', 'HEAD');
}
const npmProject = {
  'package.json': '{\n    "name": "api", "version": "2.4.0"\n}\n',
  'package-lock.json': '{"name":"api","version":"2.4.0","lockfileVersion":3,"packages":{"":{"name":"api","version":"2.4.0"}}}',
};
async function bump(base: string, folder = work) {
  const paths = await applyBump({
    folder,
    base,
    version: '2.4.1',
    changelog: { path: 'CHANGELOG.md', date: '2026-11-21', commits: ['fix: a'], fixes: [] },
  });
  return commitAndTag({ folder, base, version: '2.4.1', tagPrefix: 'v', at, paths });
}

describe('bump (RL-2)', () => {
  it('commits manifest, lock file and changelog, and a repetition makes the same commit and tag, wherever the first one died', async () => {
    const base = await commit(npmProject, 'feat: first');
    await run(work, 'push', '--quiet', 'origin', 'main');
    const first = await bump(base);
    expect((await run(work, 'show', '--format=%an <%ae> %s', '--name-only', first.commit)).split('\n').filter(Boolean)).toEqual([
      'Mahavishnu <mahavishnu@localhost> chore(release): 2.4.1',
      'CHANGELOG.md',
      'package-lock.json',
      'package.json',
    ]);
    expect(readFileSync(join(work, 'package.json'), 'utf8')).toBe('{\n    "name": "api", "version": "2.4.1"\n}\n');
    const tagObject = await run(work, 'rev-parse', 'v2.4.1');
    // Nothing in them is of the moment they were made.
    expect(await run(work, 'log', '-1', '--date=iso-strict', '--format=%ad %cd', first.commit)).toMatch(
      /^2026-11-21T15:20:00\S+ 2026-11-21T15:20:00\S+$/,
    );
    expect(await run(work, 'for-each-ref', '--format=%(taggerdate:unix)', 'refs/tags/v2.4.1')).toBe(String(at.getTime() / 1000));
    expect(await bump(base)).toEqual(first); // After the tag.
    await run(work, 'tag', '--delete', 'v2.4.1');
    expect(await bump(base)).toEqual(first); // Between commit and tag.
    expect(await run(work, 'rev-parse', 'v2.4.1')).toBe(tagObject);
    const other = join(root, 'other');
    await run(root, 'clone', '--quiet', origin, other);
    // Died while writing: some files are new already, on another machine's checkout.
    writeFileSync(join(other, 'package.json'), readFileSync(join(work, 'package.json')));
    expect(await bump(base, other)).toEqual(first);
    expect(await run(other, 'rev-parse', 'v2.4.1')).toBe(tagObject);
  });

  it('raises pyproject.toml and __version__, also when only the latter has it', async () => {
    const base = await commit(
      {
        'pyproject.toml': '[project]\nname = "api"\ndynamic = ["version"]\n',
        'src/api/__init__.py': '__version__ = "2.4.0"\n',
        'tests/__init__.py': '__version__ = "2.4.0"\n',
      },
      'x',
    );
    const source = commitSource(work, base);
    expect(await readReleasePackage(source)).toMatchObject({ kind: 'python', name: 'api', version: '2.4.0' });
    expect((await planBump(source, '2.5.0')).edits).toEqual([{ path: 'src/api/__init__.py', text: '__version__ = "2.5.0"\n' }]);
  });

  it('refuses what cannot be right', async () => {
    const base = await commit(npmProject, 'x');
    const plan = (version: string) => planBump(commitSource(work, base), version);
    await expect(plan('2.3.0')).rejects.toThrow('2.3.0 is lower than 2.4.0');
    await expect(plan('v2.5.0')).rejects.toThrow('is not a version');
    await expect(plan('2.5.0; rm -rf /')).rejects.toThrow('is not a version');
    const bare = await commit({ 'package.json': '{"name":"api"}', 'README.md': 'x' }, 'y');
    await expect(readReleasePackage(commitSource(work, bare))).rejects.toThrow(/No version to raise/);
    const two = await commit({ ...npmProject, 'pyproject.toml': '[project]\nname = "a"\nversion = "1.0.0"\n' }, 'z');
    await expect(planBump(commitSource(work, two), '2.5.0')).rejects.toThrow('pyproject.toml says 1.0.0 and package.json says 2.4.0');
    await expect(commitAndTag({ folder: work, base, version: '2.4.1', tagPrefix: 'v', at, paths: ['package.json'] })).rejects.toThrow(
      /not at the approved/,
    );
  });

  it('follows no link out of the repository', async () => {
    writeFileSync(join(root, 'outside.md'), '# mine\n');
    symlinkSync(join(root, 'outside.md'), join(work, 'CHANGELOG.md'));
    const base = await commit(npmProject, 'x');
    await expect(bump(base)).rejects.toThrow('CHANGELOG.md is not a regular file');
    expect(readFileSync(join(root, 'outside.md'), 'utf8')).toBe('# mine\n');
  });

  it('lists the commits since a tag, or all', async () => {
    await commit(npmProject, 'feat: first');
    await run(work, 'tag', 'v2.4.0');
    const head = await commit({ a: '1' }, 'fix: second\n\nBREAKING CHANGE: b');
    expect(await commitsSince({ clone: work, tag: 'v2.4.0', commit: head })).toEqual(['fix: second\n\nBREAKING CHANGE: b']);
    expect(await commitsSince({ clone: work, tag: 'v9', commit: head })).toHaveLength(2);
  });
});

describe('push (RL-3)', () => {
  it('pushes commit and tag once, and goes on after a death between the two', async () => {
    const base = await commit(npmProject, 'x');
    await run(work, 'push', '--quiet', 'origin', 'main');
    const release = await bump(base);
    await run(work, 'push', '--quiet', 'origin', `${release.commit}:refs/heads/main`);
    expect(await pushRelease({ clone: work, branch: 'main', ...release })).toEqual({ commit: false, tag: true });
    expect(await pushRelease({ clone: work, branch: 'main', ...release })).toEqual({ commit: false, tag: false });
    expect(await run(origin, 'rev-parse', 'v2.4.1^{commit}')).toBe(release.commit);
    // Others work on top of it: still done.
    const other = join(root, 'other');
    await run(root, 'clone', '--quiet', origin, other);
    await commit({ b: '1' }, 'feat: more', other);
    await run(other, 'push', '--quiet', 'origin', 'HEAD:main');
    expect(await pushRelease({ clone: work, branch: 'main', ...release })).toEqual({ commit: false, tag: false });
  });

  it('overwrites neither a branch that moved on nor a tag that is elsewhere', async () => {
    const base = await commit(npmProject, 'x');
    await run(work, 'push', '--quiet', 'origin', 'main');
    const other = join(root, 'other');
    await run(root, 'clone', '--quiet', origin, other);
    const theirs = await commit({ b: '1' }, 'feat: faster', other);
    await run(other, 'push', '--quiet', 'origin', 'HEAD:main');
    const release = await bump(base);
    await expect(pushRelease({ clone: work, branch: 'main', ...release })).rejects.toThrow('main has moved on');
    expect(await run(origin, 'rev-parse', 'main')).toBe(theirs);
    await run(other, 'push', '--quiet', 'origin', `${theirs}:refs/tags/v2.4.1`);
    await expect(pushRelease({ clone: work, branch: 'release', ...release })).rejects.toThrow(/tag v2.4.1 already exists/);
    expect(await run(origin, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/tags/v2.4.1');
  });
});

describe('publication by a command', () => {
  const request = (command: string, checkCommand: string | null = null) => ({
    command,
    checkCommand,
    folder: root,
    name: 'api',
    version: '2.4.1',
    commit: 'c',
    token: { name: 'PYPI_TOKEN', value: 'hush-hush-hush' },
    timeoutMs: 10_000,
  });

  it('gives the token to the command and to nothing that is told', async () => {
    const result = await publishByCommand(
      request('printf %s "$PYPI_TOKEN" > got; echo "using $PYPI_TOKEN for $RELEASE_NAME $RELEASE_VERSION"'),
    );
    expect(readFileSync(join(root, 'got'), 'utf8')).toBe('hush-hush-hush');
    expect(result).toEqual({ already: false, output: 'using [redacted] for api 2.4.1' });
  });

  it('asks first, and says how it failed', async () => {
    expect(await publishByCommand(request('touch ran', 'true'))).toMatchObject({ already: true });
    expect(() => readFileSync(join(root, 'ran'))).toThrow();
    await expect(publishByCommand(request('echo no room for $PYPI_TOKEN >&2; exit 3', 'false'))).rejects.toThrow(
      'ended with exit code 3: no room for [redacted]',
    );
  });
});
