import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDatabase } from '../support/database.js';
import { commit, defect, git, type Sandbox, sandbox, snapshot } from './support.js';

const Place = z.strictObject({ file: z.string(), start_line: z.number(), end_line: z.number() });
const Finding = z.strictObject({
  id: z.string(),
  rule: z.string(),
  title: z.string(),
  description: z.string(),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  priority: z.enum(['P0', 'P1', 'P2']),
  perspective: z.string(),
  pool: z.string(),
  file: z.string(),
  start_line: z.number(),
  end_line: z.number(),
  places: z.array(Place).min(2).optional(),
  evidence: z.string(),
  suggested_fix: z.string().nullable(),
  fixer: z.string().nullable(),
  confidence: z.number(),
  agents: z.array(z.string()).min(1),
  fingerprint: z.string().startsWith('v1:'),
  check: z.object({ verdict: z.string(), by: z.string(), reason: z.string() }).nullable(),
  issue_id: z.string().nullable(),
  change: z.enum(['new', 'known', 'reopened']).nullable(),
  fix: z.strictObject({ status: z.string(), reason: z.string().nullable() }).nullable(),
});
const Result = z.strictObject({
  run_id: z.string().startsWith('r-'),
  scope: z.string(),
  status: z.enum(['done', 'failed', 'cancelled']),
  dry_run: z.boolean(),
  findings: z.array(Finding),
  suppressed: z.array(
    z.strictObject({
      id: z.string(),
      rule: z.string(),
      title: z.string(),
      severity: z.string(),
      priority: z.string(),
      file: z.string(),
      start_line: z.number(),
      end_line: z.number(),
      fingerprint: z.string(),
      suppressed_by: z.strictObject({
        id: z.string(),
        source: z.string(),
        reason: z.string(),
        by: z.string(),
        until: z.string().nullable(),
      }),
    }),
  ),
  suppressions: z.strictObject({ expired: z.array(z.string()), problems: z.array(z.string()) }),
  issues_created: z.array(z.string()),
  review_coverage: z.strictObject({
    files: z.number(),
    read: z.number(),
    skipped: z.array(z.object({ reason: z.string(), count: z.number(), examples: z.array(z.string()) })),
    agents: z.array(z.object({ agent: z.string(), status: z.enum(['done', 'failed']), duration_ms: z.number() })),
    agents_off: z.array(z.object({ agent: z.string(), reason: z.string() })),
    tools: z.array(
      z.strictObject({
        tool: z.string(),
        status: z.enum(['used', 'not found', 'off', 'not trusted']),
        version: z.string().optional(),
      }),
    ),
  }),
  refuted: z.array(z.object({ rule: z.string(), file: z.string(), start_line: z.number(), reason: z.string(), by: z.string() })),
  fixes_applied: z.array(z.object({ issue_id: z.string(), fixer: z.string().nullable(), files: z.number() })),
  quality_gates: z.array(z.object({ subject: z.string(), stage: z.string(), status: z.string(), exit_code: z.number().nullable() })),
  approval_requests: z.array(z.object({ id: z.string(), type: z.string(), status: z.string() })),
});

let database: Awaited<ReturnType<typeof freshDatabase>>;
let box: Sandbox;

beforeAll(async () => {
  database = await freshDatabase();
  box = sandbox(database.url);
  box.setSettings(`allowed_folders: [${box.root}/repos]\n`);
});

afterAll(async () => {
  box.remove();
  await database.drop();
});

async function reviewJson(args: string[]) {
  const { code, stdout, stderr } = await box.run(['review', ...args, '--json']);
  expect(stdout, stderr).not.toBe('');
  return { code, stderr, result: Result.parse(JSON.parse(stdout)) };
}

describe('review', () => {
  it('leaves nothing behind a dry run but the rows of its run', async () => {
    const path = box.repository('dry', { 'src/read.js': defect, 'src/again.js': `${defect}\nexport const twice = (t) => eval(t);\n` });
    const before = [...snapshot(path), ...snapshot(box.settings)];
    const { code, result, stderr } = await reviewJson([path, '--scope', 'all', '--dry-run', '--auto-fix']);
    expect(code).toBe(1);
    expect(result).toMatchObject({ status: 'done', dry_run: true, scope: 'all', issues_created: [], fixes_applied: [], quality_gates: [] });
    expect(result.findings.length).toBeGreaterThan(0);
    expect(result.findings.every(({ issue_id, change }) => issue_id === null && change === null)).toBe(true);
    expect([...snapshot(path), ...snapshot(box.settings)]).toEqual(before);
    expect(git(path, 'branch', '--all').trim()).toBe('* main');
    expect(snapshot(box.state).filter((file) => /^(?:worktrees|checkouts)\//.test(file))).toEqual([]);
    const { rows } = await database.pool.query(`
      select 'approvals' as left from mahavishnu.approvals union all select 'fixes' from mahavishnu.fixes
      union all select 'gates' from mahavishnu.gate_results union all select 'artefacts' from mahavishnu.artefacts`);
    expect(rows).toEqual([]);
    // Piped, it tells one line for each event.
    expect(stderr.split('\n').filter((line) => /^\d\d:\d\d [✓●○⚠✗] /.test(line)).length).toBeGreaterThan(3);
    expect(stderr).not.toContain('\u001b');
  });

  it('files issues once, and says what fits 80 columns', async () => {
    const path = box.repository('web', { 'src/a-rather-long-folder-name/and-another-one/read-the-text.js': defect });
    const first = await reviewJson([path]);
    expect(first.code).toBe(1);
    expect(first.result.issues_created).toEqual(['MHV-001']);
    expect(readFileSync(box.ecosystem, 'utf8')).toMatch(/^# written by people\n[\s\S]*id: MHV-001/);
    const again = await box.run(['review', path]);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('1 known');
    const table = again.stdout.split('\n').filter((line) => !line.startsWith('Next: '));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(again.stdout).toMatch(/\nNext: mahavishnu runs show r-/);
    expect((await box.run(['review', path, '--fail-on', 'P0'])).code).toBe(1);
  });

  it('compiles pyright once, for all repositories', async () => {
    const kept = join(box.state, 'cache', 'compiled', 'pyright');
    const versions: number[] = [];
    for (const name of ['python-one', 'python-two']) {
      const path = box.repository(name, { 'src/late.py': 'async def late():\n    return 1\n\n\nasync def other():\n    late()\n' });
      const { result } = await reviewJson([path, '--scope', 'all', '--dry-run']);
      expect(result.findings.map(({ rule }) => rule)).toEqual(['pyright/reportUnusedCoroutine']);
      versions.push(statSync(kept).ino);
    }
    expect(versions[1]).toBe(versions[0]);
  });

  it('exits 0 when nothing at or above --fail-on is found', async () => {
    const path = box.repository('clean', { 'src/add.js': 'export const add = (a, b) => a + b;\n' });
    expect((await reviewJson([path, '--scope', 'all'])).code).toBe(0);
    commit(path, { 'src/unused.js': "import { add } from './add.js';\n\nexport const one = 1;\n" });
    const some = await reviewJson([path, '--scope', 'all', '--dry-run', '--fail-on', 'P0']);
    expect(some.result.findings.length).toBeGreaterThan(0);
    expect(some.code).toBe(0);
  });

  it('reads past a file of 17 MB, a binary and names that are not UTF-8, and says so', async () => {
    const path = box.repository('odd', {
      'src/read.js': defect,
      'big.js': Buffer.alloc(17_000_000, 'a'),
      'image.png': Buffer.from([0, 1, 2, 0, 255]),
    });
    writeFileSync(Buffer.concat([Buffer.from(`${path}/caf`), Buffer.from([0xe9]), Buffer.from('.js')]), 'export {};\n');
    git(path, 'add', '-A');
    git(path, 'commit', '--quiet', '-m', 'feat: a name from another time');
    const { code, result } = await reviewJson([path, '--dry-run']);
    expect(code).toBe(1);
    expect(result.findings.map(({ file }) => file)).toEqual(['src/read.js']);
    expect(result.review_coverage.skipped.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['too large', 'binary']));
    expect(result.review_coverage.read).toBeLessThan(result.review_coverage.files);
  });

  it('exits 2 when an agent failed, whatever the others found', async () => {
    const path = box.repository('slow', { 'src/add.js': 'export const add = (a, b) => a + b;\n' });
    box.setSettings('review: { agent_timeout: 1ms }\n', 'local.yaml');
    try {
      const { code, result } = await reviewJson([path, '--dry-run']);
      expect(code).toBe(2);
      expect(result.review_coverage.agents.some(({ status }) => status === 'failed')).toBe(true);
    } finally {
      box.setSettings('{}\n', 'local.yaml');
    }
  });

  it('keeps folders of the same name apart', async () => {
    const one = box.repository('a/same', { 'src/read.js': defect });
    const two = box.repository('b/same', { 'src/add.js': 'export const add = (a, b) => a + b;\n' });
    expect((await reviewJson([one, '--dry-run'])).result.findings).toHaveLength(1);
    expect((await reviewJson([two, '--dry-run'])).result.findings).toHaveLength(0);
    const { stdout } = await box.run(['runs', '--json', '--limit', '2']);
    const names = z.array(z.object({ repository: z.string() })).parse(JSON.parse(stdout));
    expect(names.map(({ repository }) => repository)).toEqual([expect.stringMatching(/^same-[0-9a-f]{6}$/), 'same']);
  });

  it('fixes, keeps a patch, and the patch applies', async () => {
    const path = box.repository('patched', {
      'src/read.js': 'export function read(text) {\n  debugger;\n  return JSON.parse(text);\n}\n',
      '.mahavishnu.yaml': 'gates:\n  fast: [{ run: node --check src/read.js }]\n  tests: [{ run: node --test }]\nhandover: patch\n',
      'test/read.test.js': "import test from 'node:test';\nimport { read } from '../src/read.js';\ntest('reads', () => void read('1'));\n",
      'package.json': '{ "name": "patched", "version": "1.0.0", "type": "module" }\n',
    });
    const { code, result } = await reviewJson([path, '--scope', 'all', '--auto-fix']);
    expect(result.fixes_applied, JSON.stringify(result.findings.map(({ rule, fix }) => [rule, fix]))).not.toEqual([]);
    expect(result.quality_gates.some(({ subject, stage, status }) => subject === 'base' && stage === 'tests' && status === 'passed')).toBe(
      true,
    );
    expect(code).toBe(1); // The patch was not applied by anyone yet.
    const patch = await box.run(['runs', 'patch', result.run_id]);
    expect(patch.code).toBe(0);
    writeFileSync(join(box.root, 'it.patch'), patch.stdout);
    git(path, 'apply', join(box.root, 'it.patch'));
    expect(readFileSync(join(path, 'src/read.js'), 'utf8')).not.toContain('debugger');
    const shown = await box.run(['runs', 'show', result.run_id]);
    expect(shown.stdout).toContain('kept as a patch');
  });
});
