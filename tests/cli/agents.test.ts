import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, sandbox } from './support.js';

let box: Sandbox;
beforeAll(() => {
  box = sandbox(null);
  const answer = {
    findings: [
      {
        class: 'logic-error',
        title: 'Adds instead of subtracting',
        description: 'The sign is wrong.',
        severity: 'high',
        file: 'app.py',
        start_line: 2,
        end_line: 2,
        evidence: 'return a + b',
        suggested_fix: null,
        confidence: 0.9,
      },
      { file: 'nowhere.py' },
    ],
  };
  writeFileSync(join(box.root, 'answer.json'), JSON.stringify(answer));
  box.setSettings(
    [
      'agents:',
      '  performance: { enabled: false }',
      `  own: { perspective: language, engine: command, run: "cat '${box.root}/answer.json'", time_limit: 20s }`,
      '  broken: { perspective: language, engine: command, run: "echo sorry" }',
      '  deep: { perspective: security, engine: claude, model: claude-sonnet-5, budget: { usd: 2, turns: 30 }, refute_by: own }',
      'engines: { packages: /nowhere }',
    ].join('\n'),
    'agents.yaml',
  );
});
afterAll(() => box.remove());

/** Two programs of the owner's, one where it is found, one that is not there at all. */
function setTools(): void {
  const shellcheck = join(box.root, 'shellcheck');
  writeFileSync(shellcheck, '#!/bin/sh\necho version: 1.2.3\n', { mode: 0o755 });
  box.setSettings(`review: { tools: { shellcheck: ${shellcheck}, zizmor: off, knip: ${box.root}/nowhere } }\n`, 'mahavishnu.yaml');
  const repos = `  - { name: ours, path: ${box.root}/ours, trusted: true }\n  - { name: theirs, path: ${box.root}/theirs }\n`;
  box.setSettings(`allowed_folders: [${box.root}]\nrepos:\n${repos}`);
}

const code = { 'app.py': 'def minus(a, b):\n    return a + b\n' };

it('agents list says who reviews, with what limits, and what cannot run (RV-1)', async () => {
  setTools();
  const shown = await box.run(['agents', 'list']);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/✓ architect +architect +built-in +10m/);
  expect(shown.stdout).toMatch(/deep +security +claude claude-sonnet-5 +10m, 2 USD, 30 turns/);
  const { stdout } = await box.run(['agents', 'list', '--json']);
  const { agents } = JSON.parse(stdout);
  expect(agents.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual([
    'architect ready',
    'security ready',
    'language-python ready',
    'language-typescript ready',
    'performance off',
    'own ready',
    'broken ready',
    'deep cannot run',
  ]);
  expect(shown.stdout).toMatch(/○ zizmor +off in the settings/);
  expect(shown.stdout).toMatch(/✓ shellcheck +1\.2\.3 at \/tmp\//);
  expect(shown.stdout).toMatch(/○ knip +not found at [^\n]* where trusted$/m);
  expect(shown.stdout.trim()).toMatch(/Trusted repositories: ours$/);
  const { tools, trusted } = JSON.parse(stdout);
  expect(trusted).toEqual(['ours']);
  expect(tools.map(({ tool, state, needs_trust }: Record<string, unknown>) => [tool, state, needs_trust])).toEqual(
    expect.arrayContaining([
      ['shellcheck', 'used', false],
      ['zizmor', 'off', false],
      ['knip', 'not found', true],
    ]),
  );
  expect(agents[7]).toMatchObject({ refute_by: 'own', why: expect.stringContaining('not installed'), time_limit_ms: 600_000 });
});

it('agents test shows what one agent finds and how it ended, and exits as review does', async () => {
  const folder = box.repository('calc', code);
  const found = await box.run(['agents', 'test', 'own', folder]);
  expect(found.stdout).toContain('own · 1 finding in 1 file');
  expect(found.stdout).toMatch(/P1 +own\/logic-error +Adds instead of subtracting +app\.py:2 +kept/);
  expect(found.stdout).toContain('1 of its answers did not count');
  expect(found.code).toBe(1);
  expect((await box.run(['agents', 'test', 'own', folder, '--fail-on', 'P0'])).code).toBe(0);

  const json = await box.run(['agents', 'test', 'own', folder, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    agent: 'own',
    findings: [{ rule: 'own/logic-error' }],
    agents: [{ agent: 'own', status: 'done' }],
  });

  const broken = await box.run(['agents', 'test', 'broken', folder]);
  expect(broken.stdout).toContain('✗ broken failed: the command printed something that is not JSON');
  expect(broken.code).toBe(2);
  const missing = await box.run(['agents', 'test', 'deep', folder], { env: { ANTHROPIC_API_KEY: 'sk-ant-dummy-000000' } });
  expect(missing.stdout.replace(/\s+/g, ' ')).toContain('npm install --prefix "/nowhere" @anthropic-ai/claude-agent-sdk@');
  expect(missing.code).toBe(2);
}, 180_000);

it('names that are wrong or off are answered with words', async () => {
  const folder = box.repository('other', { ...code, '.mahavishnu.yaml': 'agents:\n  security: off\n' });
  const wrong = await box.run(['agents', 'test', 'archtect', folder]);
  expect(wrong.stderr).toContain('There is no agent "archtect". Did you mean architect?');
  expect(wrong.stderr).toContain(`agents test architect ${folder}`);
  expect(wrong.code).toBe(2);
  expect((await box.run(['agents', 'test', 'performance', folder])).stderr).toContain('switched off in the settings');
  expect((await box.run(['agents', 'test', 'security', folder])).stderr).toContain("switched off by the repository's .mahavishnu.yaml");
  expect((await box.run(['agents', 'test', 'own', '/nowhere/at/all'])).stderr).toContain('There is no folder');
});
