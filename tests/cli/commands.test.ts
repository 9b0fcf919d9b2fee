import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDatabase } from '../support/database.js';
import { commit, git, type Sandbox, sandbox } from './support.js';

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

async function until<T>(look: () => Promise<T | null>, what: string): Promise<T> {
  const limit = Date.now() + 90_000;
  while (Date.now() < limit) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`did not come: ${what}`);
}

const Pending = z.object({
  approvals: z.array(z.object({ id: z.string(), run_id: z.string(), type: z.string(), repository: z.string() })),
});

/** Fixed, pushed to its bare origin, and now waiting for the version to be approved. */
async function waitingRun(name: string) {
  const path = box.repository(name, {
    'src/read.js': 'export function read(text) {\n  debugger;\n  return JSON.parse(text);\n}\n',
    '.mahavishnu.yaml':
      'gates:\n  fast: [{ run: node --check src/read.js }]\n  tests: [{ run: node --test }]\nhandover: { push: main }\nrelease: { bump: [package.json], publish: [npm] }\n',
    'test/read.test.js': "import test from 'node:test';\nimport { read } from '../src/read.js';\ntest('reads', () => void read('1'));\n",
    'package.json': `{\n  "name": "${name}",\n  "version": "1.0.0",\n  "type": "module"\n}\n`,
  });
  const origin = join(box.root, 'repos', `${name}.git`);
  mkdirSync(origin);
  git(origin, 'init', '--quiet', '--bare', '-b', 'main');
  git(path, 'remote', 'add', 'origin', origin);
  git(path, 'push', '--quiet', 'origin', 'main');
  const review = box.start(['review', path, '--scope', 'all', '--auto-fix']);
  const approval = await until(async () => {
    if (review.child.exitCode !== null)
      throw new Error(`ended early: ${review.output().stderr}${readFileSync(join(box.state, 'logs/cli.log'), 'utf8')}`);
    const { stdout, stderr } = await box.run(['approvals', '--json']);
    if (stdout === '') throw new Error(`approvals: ${stderr}${readFileSync(join(box.state, 'logs/cli.log'), 'utf8')}`);
    return Pending.parse(JSON.parse(stdout)).approvals.find(({ repository }) => repository === name) ?? null;
  }, 'an approval');
  return { review, approval, origin };
}

describe('approvals from the command line', { timeout: 180_000 }, () => {
  it('refuses who asked, takes the word of others rules allow once, and says who decided to the second', async () => {
    box.setSettings('approvals: { version_bump: { four_eyes: false } }\n', 'local.yaml');
    const { review, approval } = await waitingRun('voted');
    expect(approval.type).toBe('version_bump');
    await until(
      async () => (review.output().stderr.includes(`approvals approve ${approval.id}`) ? true : null),
      'the command that answers',
    );

    const listed = await box.run(['approvals']);
    expect(listed.stdout).toMatch(/Next version of voted\? 1\.0\.0 → 1\.1\.0, minor/);
    const waits = await box.run(['runs', 'why', approval.run_id]);
    expect(waits.stdout).toContain('waits for admin until');
    expect((await box.run(['approvals', 'extend', approval.id])).stdout).toContain('Extended to');

    const bad = await box.run(['approvals', 'approve', approval.id, '--choice', 'huge']);
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining('Choose one of: patch') });
    const first = await box.run(['approvals', 'approve', approval.id, '--choice', 'skip']);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('approved: skip') });
    const second = await box.run(['approvals', 'reject', approval.id, '--reason', 'wait for the docs']);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/approved this at \d\d:\d\d/);

    const ended = await review.ended;
    expect(ended.code).toBe(0); // Its one finding is fixed and pushed.
    expect(ended.stdout).toContain('1 of 1 fixed');
  });

  it('keeps four eyes, and cancels a waiting run', async () => {
    box.setSettings('{}\n', 'local.yaml');
    const { review, approval, origin } = await waitingRun('cancelled');
    const own = await box.run(['approvals', 'approve', approval.id]);
    expect(own).toMatchObject({ code: 1, stderr: 'Only admin may approve this, and not who asked for it.\n' });
    const cancelled = await box.run(['runs', 'cancel', approval.run_id]);
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringContaining('cancelled by') });
    expect((await review.ended).code).toBe(2);
    expect((await box.run(['runs', 'cancel', approval.run_id])).code).toBe(1);
    expect(git(origin, 'tag').trim()).toBe('');
    expect(Pending.parse(JSON.parse((await box.run(['approvals', '--json'])).stdout)).approvals).toEqual([]);
  });
});

describe('what is asked of the machine and the settings', () => {
  it('shows which gates would run and why, and what is missing', async () => {
    const path = box.repository('gated', { 'package.json': '{ "name": "gated", "scripts": { "test": "node --test" } }\n' });
    const { code, stdout } = await box.run(['gates', 'show', path]);
    expect(code).toBe(0);
    expect(stdout).toContain('npm test');
    expect(stdout).toMatch(/fast \(blocks\)\n {2}⚠ nothing: no formatter or linter was found/);
    commit(path, { '.mahavishnu.yaml': 'gates: { tests: 3 }\n' });
    expect(await box.run(['gates', 'show', path])).toMatchObject({ code: 2, stderr: expect.stringContaining('.mahavishnu.yaml:1') });
    git(path, 'reset', '--quiet', '--hard', 'HEAD~1');
    const json = JSON.parse((await box.run(['gates', 'show', path, '--json'])).stdout);
    expect(json.missing).toContainEqual(expect.objectContaining({ stage: 'fast', blocks: true }));
  });

  it('examines the machine and says who could approve', async () => {
    const { code, stdout } = await box.run(['doctor']);
    expect(stdout).toMatch(/✓ analyzer ast-grep: found the planted defect/);
    expect(code, stdout).toBe(0);
    for (const tool of ['ruff', 'oxlint', 'pyright', 'secretlint']) expect(stdout).toContain(`✓ analyzer ${tool}`);
    expect(stdout).toMatch(/⚠ approvals of publish: only who sits at this machine's terminal/);
    box.setSettings('approvals: { publish: { approvers: ["@release-team"] } }\n', 'local.yaml');
    const json = await box.run(['doctor', '--json'], { env: { PATH: '/nonexistent', DATABASE_URL: 'postgres://127.0.0.1:1/none' } });
    expect(json.code).toBe(1);
    const checks = z.array(z.object({ name: z.string(), state: z.string(), detail: z.string() })).parse(JSON.parse(json.stdout));
    const named = (name: string) => checks.find((check) => check.name === name);
    expect(named('git')?.state).toBe('failed');
    expect(named('database (DATABASE_URL)')?.state).toBe('failed');
    expect(named('approvals of publish')).toMatchObject({ state: 'warning', detail: expect.stringContaining('nobody could') });
    box.setSettings('{}\n', 'local.yaml');
  });

  it('pauses, resumes, and is healthy', async () => {
    expect((await box.run(['pause'])).stdout).toContain('Paused');
    expect((await box.run(['resume'])).stdout).toContain('Resumed');
    expect(await box.run(['health'])).toMatchObject({ code: 0, stdout: expect.stringContaining('✓ database') });
    expect((await box.run(['settings', 'check'])).stdout).toContain('repositories');
  });
});
