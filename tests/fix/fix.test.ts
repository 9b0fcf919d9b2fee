import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fixer } from '../../src/fix/fixer.js';
import { handOverAsPatch, handOverByPush } from '../../src/fix/handover.js';
import { integrate } from '../../src/fix/integrate.js';
import { type MakeFixParts, makeFix } from '../../src/fix/make-fix.js';
import { checkScope } from '../../src/fix/scope-check.js';
import { weakenedTests } from '../../src/fix/weakened-tests.js';
import type { GateReport } from '../../src/gates/gate.js';
import { createClones } from '../../src/repos/clones.js';
import { defaultPolicy } from '../../src/repos/policy.js';
import type { Finding } from '../../src/review/finding.js';
import { gitIn, repository, temporaryFolder, write } from '../gates/repository.js';

const findingIn = (file: string): Finding => ({
  id: 'F-1',
  rule: 'ruff/E711',
  title: 'Comparison to None\nSigned-off-by: somebody',
  description: '',
  severity: 'low',
  priority: 'P2',
  perspective: 'language',
  pool: 'python',
  file,
  startLine: 1,
  endLine: 1,
  places: [{ file, startLine: 1, endLine: 1 }],
  evidence: 'bad',
  suggestedFix: null,
  fixer: 'replace',
  confidence: 1,
  agents: ['language'],
  fingerprint: 'v1:x',
});

const log = { info: () => {}, warn: () => {} };

async function start(files: Record<string, string>) {
  const source = repository(files);
  const clones = createClones({ root: temporaryFolder() });
  const repo = { name: 'api', source };
  await clones.refresh(repo);
  return { source, clones, repo, base: (await clones.pin(repo)).commit };
}

const replacing = (name: string, change: (folder: string) => void): Fixer => ({
  name,
  canFix: () => true,
  fix: async ({ folder }) => {
    change(folder);
    return { changedFiles: [], summary: `${name} did it` };
  },
});
/** Real proof on the file's text: the finding is there as long as the word "bad" is. */
const recheck: MakeFixParts['recheck'] = async ({ folder, finding }) => ({
  gone: !readFileSync(join(folder, finding.file), 'utf8').includes('bad'),
  added: [],
});

describe('makeFix (FX-3 to FX-5)', () => {
  const make = async (
    fixers: Fixer[],
    files: Record<string, string> = { 'src/a.py': 'bad\n', 'src/b.py': 'b\n' },
    extra: Partial<MakeFixParts> = {},
  ) => {
    const started = await start(files);
    const tree = await started.clones.worktree({ repo: started.repo, commit: started.base, run: 'r', id: 'MHV-012' });
    const parts: MakeFixParts = {
      worktree: { folder: tree.folder, base: started.base },
      issueId: 'MHV-012',
      finding: findingIn('src/a.py'),
      fixers,
      recheck,
      policy: defaultPolicy,
      log,
      ...extra,
    };
    return { ...started, folder: tree.folder, parts, result: await makeFix(parts) };
  };
  const good = replacing('good', (folder) => writeFileSync(join(folder, 'src/a.py'), 'fine\nmore\n'));

  it('commits the first repair that is in scope and proved, and tells the next fixer why the last failed', async () => {
    const told: string[] = [];
    const spying: Fixer = {
      ...good,
      fix: async (request) => {
        told.push(...request.failures.map(({ fixer, reason }) => `${fixer}: ${reason}`));
        expect(readFileSync(join(request.folder, 'src/b.py'), 'utf8')).toBe('b\n');
        return good.fix(request);
      },
    };
    const { result, clones, repo, base, folder, parts } = await make([
      { ...good, name: 'unable', canFix: () => false },
      replacing('throws', () => {
        throw new Error('out of order');
      }),
      replacing('idle', () => {}),
      replacing('useless', (at) => writeFileSync(join(at, 'src/a.py'), 'still bad\n')),
      replacing('greedy', (at) => write(at, { 'src/a.py': 'fine\n', 'src/b.py': 'changed\n', 'new.txt': '' })),
      spying,
    ]);
    expect(told).toEqual([
      'throws: it failed: out of order',
      'idle: it changed nothing',
      'useless: the finding is still there',
      'greedy: it changed new.txt, src/b.py, which are not of this issue',
    ]);
    if (result.status !== 'fixed') throw new Error(result.reason);
    expect(result).toMatchObject({ fixer: 'good', changedFiles: ['src/a.py'], added: 2, removed: 1, highRisk: [], weakened: [] });
    expect(gitIn(folder, 'log', '-1', '--format=%an <%ae>%n%B').trim()).toBe(
      'Mahavishnu <mahavishnu@localhost>\nfix(python): Comparison to None Signed-off-by: somebody (MHV-012)\n\ngood did it\n\nRule: ruff/E711\nFixer: good',
    );
    expect((await clones.diffStat(repo, base, result.commit)).files.map(({ path }) => path)).toEqual(['src/a.py']);
    // A step that is repeated after a crash.
    const again = await makeFix(parts);
    expect(again).toMatchObject({ status: 'fixed', commit: result.commit });
    expect(gitIn(folder, 'rev-list', '--count', `${base}..HEAD`).trim()).toBe('1');
  });

  it('leaves nothing behind when no fixer succeeds (FX-7)', async () => {
    const { result, folder } = await make([replacing('useless', (at) => write(at, { 'src/a.py': 'bad again\n', 'x/y': '' }))]);
    expect(result).toEqual({
      status: 'not_fixed',
      reason: 'useless: it changed x/y, which is not of this issue',
      tried: [{ fixer: 'useless', reason: 'it changed x/y, which is not of this issue' }],
    });
    expect(gitIn(folder, 'status', '--porcelain', '--ignored')).toBe('');
  });

  it('rejects a repair that brings new findings, cannot be checked, or changes the kind of a file', async () => {
    const added = await make([good], undefined, { recheck: async () => ({ gone: true, added: [findingIn('src/a.py')] }) });
    expect(added.result).toMatchObject({ status: 'not_fixed', reason: expect.stringContaining('it brought 1 new finding') });
    const broken = await make([good], undefined, {
      recheck: async () => {
        throw new Error('no analyzer');
      },
    });
    expect(broken.result).toMatchObject({ status: 'not_fixed', reason: expect.stringContaining('could not be run again: no analyzer') });
    const link = await make([
      replacing('link', (at) => {
        gitIn(at, 'rm', '-q', 'src/a.py');
        symlinkSync('/etc/passwd', join(at, 'src/a.py'));
      }),
    ]);
    expect(link.result).toMatchObject({ status: 'not_fixed', reason: expect.stringContaining('kind of file') });
  });

  it('says so when no fixer knows the finding, and when it is cancelled', async () => {
    expect((await make([])).result).toMatchObject({ status: 'not_fixed', reason: expect.stringContaining('a person has to') });
    await expect(make([good], undefined, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('names high-risk files and weakened tests for a person to approve', async () => {
    const files = { 'tests/test_a.py': 'def test_bad():\n    assert 1 == 2\n\ndef test_b():\n    assert 2\n' };
    const { result } = await make([replacing('cheat', (at) => write(at, { 'tests/test_a.py': 'def test_b():\n    assert 2\n' }))], files, {
      finding: findingIn('tests/test_a.py'),
    });
    expect(result).toMatchObject({
      status: 'fixed',
      weakened: [
        { file: 'tests/test_a.py', what: '1 test removed' },
        { file: 'tests/test_a.py', what: '1 assertion removed' },
      ],
    });
    const manifest = await make(
      [replacing('m', (at) => write(at, { 'package.json': '{}' }))],
      { 'package.json': '{"bad":1}' },
      { finding: findingIn('package.json') },
    );
    expect(manifest.result).toMatchObject({ status: 'fixed', highRisk: ['package.json'] });
  });
});

describe('scope (FX-4)', () => {
  const check = (changedFiles: string[], policy = defaultPolicy) =>
    checkScope({ changedFiles, finding: { file: changedFiles[0] ?? '', places: [] }, policy });
  it.each([
    'package.json',
    'packages/a/package-lock.json',
    '.github/workflows/ci.yml',
    '.mahavishnu.yaml',
    'src/main.ts',
    'pyproject.toml',
    'Dockerfile',
    'requirements-dev.txt',
    'vitest.config.ts',
    'Cargo.lock',
    'Makefile',
    '.GitHub/x',
    'pkg/__main__.py',
    'tests/conftest.py',
  ])('%s is high risk', (file) => expect(check([file])).toEqual({ status: 'needs_approval', files: [file] }));
  it.each(['src/a.ts', 'lib/package.ts', 'docs/index.md', 'src/deep/main.ts', 'README.md'])('%s is not', (file) =>
    expect(check([file])).toEqual({ status: 'ok' }),
  );
  it('the policy adds high-risk files and files that may change too', () => {
    expect(check(['src/a.ts'], { ...defaultPolicy, highRisk: ['src/**'] })).toEqual({ status: 'needs_approval', files: ['src/a.ts'] });
    expect(check(['src/a.ts', 'CHANGES.md'])).toMatchObject({ status: 'rejected', files: ['CHANGES.md'] });
    expect(check(['src/a.ts', 'CHANGES.md'], { ...defaultPolicy, mayChange: ['*.md'] })).toEqual({ status: 'ok' });
  });
});

describe('weakened tests (FX-5)', () => {
  const weakened = (path: string, before: string, after: string | null) => weakenedTests([{ path, before, after }]).map(({ what }) => what);
  const test = "it('a', () => { expect(f()).toBe(1); });\n";
  it.each([
    ['a.test.ts', test + test, test, ['1 test removed', '1 assertion removed']],
    ['a.test.ts', test, `it.skip${test.slice(2)}`, ['1 test removed', '1 test skipped or narrowed']],
    ['a.test.ts', test, `// ${test}`, ['1 test removed', '1 assertion removed']],
    ['a.test.ts', test, "it('a', () => { expect(true).toBe(true); });\n", ['1 assertion added that cannot fail']],
    ['a.test.ts', test, null, ['the file with its 1 test was removed']],
    ['tests/test_a.py', 'def test_a():\n  assert x\n', '@pytest.mark.skip\ndef test_a():\n  assert x\n', ['1 test skipped or narrowed']],
    [
      'a_test.go',
      'func TestA(t *testing.T) {\n t.Fatal("x")\n}',
      'func TestA(t *testing.T) {\n t.Skip()\n t.Fatal("x")\n}',
      ['1 test skipped or narrowed'],
    ],
    ['src/lib.rs', '#[test]\nfn a() { assert_eq!(1, 2) }', 'fn a() {}', ['1 test removed', '1 assertion removed']],
    ['a.test.ts', test, test.replace('toBe(1)', 'toBe( 1 )') + test, []],
    ['src/a.ts', test, '', []],
  ])('%s %#', (path, before, after, expected) => {
    expect(weakened(path, before, after)).toEqual(expected);
  });
});

const reportOf = (passed: boolean, blockers: string[] = []): GateReport => ({ passed, results: [], blockers });

describe('integrate (FX-6)', () => {
  const prepare = async () => {
    const started = await start({ a: '1\n', b: '1\n', c: '1\n', d: '1\n' });
    const fix = async (issueId: string, files: Record<string, string>) => {
      const tree = await started.clones.worktree({ repo: started.repo, commit: started.base, run: 'r', id: issueId });
      write(tree.folder, files);
      gitIn(tree.folder, 'commit', '-q', '-am', `fix ${issueId}`);
      const commit = gitIn(tree.folder, 'rev-parse', 'HEAD').trim();
      await tree.remove();
      return { issueId, commit };
    };
    const gates: string[] = [];
    /** Gates on the real tree: it passes unless some file says so. */
    const gate = async (commit: string) => {
      gates.push(commit);
      const texts = await Promise.all(['a', 'b', 'c', 'd'].map((file) => started.clones.readFileAt(started.repo, commit, file)));
      return texts.some((text) => text?.includes('breaks')) ? reportOf(false, ['tests: failed: 1 of 2']) : reportOf(true);
    };
    return { ...started, fix, gate, gates, run: 'r' };
  };

  it('puts the fixes together, reports a conflict and a double, and gives the same commits when repeated', async () => {
    const { fix, gates, source: _, ...parts } = await prepare();
    const fixes = [await fix('A', { a: '2\n' }), await fix('B', { b: '2\n' }), await fix('C', { a: '3\n' }), await fix('D', { b: '2\n' })];
    const result = await integrate({ ...parts, fixes });
    expect(result.integrated.map(({ issueId }) => issueId)).toEqual(['A', 'B']);
    expect(result.left).toEqual([
      { issueId: 'C', reason: 'it conflicts with another fix in a' },
      { issueId: 'D', reason: 'another fix of this run has made the same change' },
    ]);
    expect(gates).toEqual([result.head]);
    expect(result.report?.passed).toBe(true);
    expect(gitIn(parts.clones.cloneOf(parts.repo), 'rev-parse', `refs/heads/${result.branch}`).trim()).toBe(result.head);
    expect((await integrate({ ...parts, fixes })).head).toBe(result.head);
  });

  it('takes out the ones that break the whole', async () => {
    const { fix, gates, source: _, ...parts } = await prepare();
    const fixes = [
      await fix('A', { a: 'breaks\n' }),
      await fix('B', { b: '2\n' }),
      await fix('C', { c: 'breaks\n' }),
      await fix('D', { d: '2\n' }),
    ];
    const result = await integrate({ ...parts, fixes });
    expect(result.integrated.map(({ issueId }) => issueId)).toEqual(['B', 'D']);
    expect(result.left).toEqual(['A', 'C'].map((issueId) => ({ issueId, reason: 'with it the whole fails: tests: failed: 1 of 2' })));
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((file) => parts.clones.readFileAt(parts.repo, result.head, file)))).toEqual([
      '1\n',
      '2\n',
      '1\n',
      '2\n',
    ]);
    expect(new Set(gates).size).toBe(gates.length);
  });

  it('takes nothing when the base itself fails, and leaves no worktree', async () => {
    const { fix, gates: _g, source: _s, ...parts } = await prepare();
    const fixes = [await fix('A', { a: '2\n' })];
    const result = await integrate({ ...parts, fixes, gate: async () => reportOf(false, ['fast: failed: x']) });
    expect(result).toEqual({
      head: parts.base,
      branch: null,
      integrated: [],
      left: [{ issueId: 'A', reason: 'the gates fail without any fix too: fast: failed: x' }],
      report: null,
    });
    expect(gitIn(parts.clones.cloneOf(parts.repo), 'worktree', 'list').trim().split('\n')).toHaveLength(1);
    expect(gitIn(parts.clones.cloneOf(parts.repo), 'branch', '--list').trim()).toBe('');
  });
});

describe('hand-over (FX-6)', () => {
  const prepare = async () => {
    const bare = join(temporaryFolder(), 'origin.git');
    const seed = repository({ a: '1\n' });
    gitIn(seed, 'clone', '-q', '--bare', '.', bare);
    const source = join(temporaryFolder(), 'work');
    gitIn(seed, 'clone', '-q', bare, source);
    const clones = createClones({ root: temporaryFolder() });
    const repo = { name: 'api', source };
    await clones.refresh(repo);
    const { commit: base } = await clones.pin(repo);
    const tree = await clones.worktree({ repo, commit: base, run: 'r', id: 'integration' });
    write(tree.folder, { a: '2\n' });
    gitIn(tree.folder, 'commit', '-q', '-am', 'fix');
    const head = gitIn(tree.folder, 'rev-parse', 'HEAD').trim();
    return { bare, source, parts: { clones, repo, base, head, branch: 'main' } };
  };
  const tip = (folder: string, branch = 'main') => gitIn(folder, 'rev-parse', `refs/heads/${branch}`).trim();

  it('pushes to the origin of a working copy and never to the copy; a second time is done already', async () => {
    const { bare, source, parts } = await prepare();
    expect(await handOverByPush(parts)).toEqual({ status: 'pushed', branch: 'main', commit: parts.head, already: false });
    expect(tip(bare)).toBe(parts.head);
    expect(tip(source)).toBe(parts.base);
    expect(await handOverByPush(parts)).toMatchObject({ status: 'pushed', already: true });
    expect(await handOverByPush({ ...parts, branch: 'fixes/one' })).toMatchObject({ status: 'pushed', already: false });
    expect(tip(bare, 'fixes/one')).toBe(parts.head);
  });

  it('does not push over what somebody else pushed', async () => {
    const { bare, source, parts } = await prepare();
    write(source, { b: '1\n' });
    gitIn(source, 'add', '-A');
    gitIn(source, 'commit', '-q', '-m', 'other');
    gitIn(source, 'push', '-q', 'origin', 'main');
    const theirs = tip(bare);
    expect(await handOverByPush(parts)).toMatchObject({ status: 'moved', reason: expect.stringContaining('main moved to') });
    expect(tip(bare)).toBe(theirs);
  });

  it('does not carry along commits that were never pushed', async () => {
    const { source, bare, parts } = await prepare();
    const before = tip(bare);
    write(source, { private: '1\n' });
    gitIn(source, 'add', '-A');
    gitIn(source, 'commit', '-q', '-m', 'private');
    await parts.clones.refresh(parts.repo);
    const base = tip(source);
    expect(await handOverByPush({ ...parts, base, head: base })).toMatchObject({
      status: 'moved',
      reason: expect.stringContaining('push it there first'),
    });
    expect(tip(bare)).toBe(before);
  });

  it('says what to do without an origin, and gives a patch that applies', async () => {
    const { parts } = await prepare();
    const alone = { ...parts, repo: { name: 'api', source: repository({ a: '1\n' }) } };
    await expect(handOverByPush(alone)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('no remote "origin"'),
    });
    const handed = await handOverAsPatch(parts);
    if (handed.status !== 'patch') throw new Error('no patch');
    const target = repository({ a: '1\n' });
    writeFileSync(join(target, 'p.patch'), handed.patch);
    gitIn(target, 'apply', 'p.patch');
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('2\n');
  });
});
