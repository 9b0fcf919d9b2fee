import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentTeam } from '../../../src/review/agents.js';
import { Agents } from '../../../src/settings/agents.js';
import { review, scratchFolder, tree } from '../support.js';

function teamOf(agents: Record<string, object>) {
  const off = ['architect', 'security', 'language-python', 'language-typescript', 'performance'];
  return agentTeam(Agents.parse({ ...Object.fromEntries(off.map((name) => [name, { enabled: false }])), ...agents }));
}

/** A program of the owner's; it lies outside of the reviewed tree. */
function program(body: string): string {
  const folder = tree({ 'tool.mjs': body });
  return `'${process.execPath}' '${join(folder, 'tool.mjs')}'`;
}

const code = 'import os\n\ndef show(name):\n    return os.system(name)\n';
const finding = {
  class: 'command-injection',
  title: 'The name reaches a shell',
  description: 'A caller chooses what is run.',
  severity: 'critical',
  file: 'app.py',
  start_line: 4,
  end_line: 4,
  evidence: 'os.system(name)',
  suggested_fix: null,
  confidence: 0.9,
};
const read = `let text = ''; for await (const part of process.stdin) text += part; const task = JSON.parse(text);`;
const prints = (value: unknown) => program(`${read} process.stdout.write(${JSON.stringify(JSON.stringify(value))});`);
const command = (run: string, more: object = {}) => ({ perspective: 'security', engine: 'command', run, ...more });

test('a command gets its task as JSON, in a copy of what was read, and its findings count (RV-2)', async () => {
  const marker = join(scratchFolder(), 'seen.json');
  const run = program(
    `${read} import { readdirSync, writeFileSync, rmSync } from 'node:fs';
     writeFileSync(${JSON.stringify(marker)}, JSON.stringify({ ...task, here: readdirSync('.'), env: Object.keys(process.env) }));
     rmSync('app.py');
     process.stdout.write(JSON.stringify({ findings: [${JSON.stringify(finding)}] }));`,
  );
  process.env.ANTHROPIC_API_KEY_PROBE = 'sk-ant-0123456789';
  const folder = tree({ 'app.py': code, 'package-lock.json': '{}', 'src/b.ts': 'export {};\n' });
  const { findings, coverage } = await review(folder, 'all', { team: teamOf({ own: command(run, { files: { exclude: ['src/**'] } }) }) });
  delete process.env.ANTHROPIC_API_KEY_PROBE;
  expect(findings).toMatchObject([
    { rule: 'own/command-injection', priority: 'P0', agents: ['own'], check: { verdict: 'kept', by: 'quoted code' } },
  ]);
  expect(coverage.agents).toMatchObject([{ agent: 'own', engine: 'command', status: 'done', findings: 1 }]);
  expect(existsSync(join(folder, 'app.py')), 'what it does to its copy harms nobody').toBe(true);
  const { readFileSync } = await import('node:fs');
  const seen = JSON.parse(readFileSync(marker, 'utf8'));
  expect(seen).toMatchObject({ task: 'review', here: ['app.py', 'src'], schema: { type: 'object' } });
  expect(seen.prompt).not.toContain('src/b.ts');
  expect(seen.env).not.toContain('ANTHROPIC_API_KEY_PROBE');
});

test.each([
  ['garbage', program("process.stdout.write('all good!')"), {}, /not JSON/],
  ['another form', prints({ results: [] }), {}, /did not answer in the form it was asked for/],
  ['a crash', program("console.error('Error: out of ideas'); process.exit(3)"), {}, /exit code 3: Error: out of ideas/],
  ['time', program('setInterval(() => {}, 1000)'), { time_limit: '1s' }, /stopped after 1 s/],
  ['not there', '/nowhere/at/all', {}, /exit code 127/],
])('%s: the agent failed, with words, and nothing reads as clean', async (_, run, more, expected) => {
  const { findings, coverage } = await review(tree({ 'app.py': code }), 'all', { team: teamOf({ own: command(run, more) }) });
  expect(findings).toEqual([]);
  expect(coverage.agents).toMatchObject([{ agent: 'own', status: 'failed' }]);
  expect(coverage.agents[0]!.reason).toMatch(expected);
});

test('what a stranger says is checked: places, lengths, control characters, secrets', async () => {
  const secret = 'ghp_0123456789abcdefghij0123456789abcdef';
  const run = prints({
    findings: [
      { ...finding, title: `Key ${secret}\u202e\u0000 in\nuse ${'x'.repeat(300)}` },
      { ...finding, file: '../app.py' },
      { ...finding, file: '__proto__' },
      { ...finding, start_line: 4, end_line: 2 },
      { ...finding, start_line: 400, end_line: 400 },
      { ...finding, class: 'Not A Class; rm -rf' },
      { ...finding, severity: 'catastrophic' },
      { ...finding, extra: true },
      'nonsense',
    ],
  });
  const { findings, coverage } = await review(tree({ 'app.py': code }), 'all', { team: teamOf({ own: command(run) }) });
  expect(findings).toHaveLength(1);
  expect(findings[0]!.title).toMatch(/^Key \[redacted\] in use x+…$/);
  expect(findings[0]!.title.length).toBeLessThanOrEqual(120);
  expect(JSON.stringify({ findings, coverage })).not.toContain(secret);
  expect(coverage.agents[0]!.rejected!.count).toBe(8);
});

test('the same defect of a tool and an agent is one finding with both named; the fingerprint does not hang on drawn lines', async () => {
  const both = 'import requests\n\ndef get(u):\n    return requests.get(u, verify=False, timeout=3)\n';
  const run = (start: number) =>
    prints({ findings: [{ ...finding, class: 'tls-verification-off', start_line: start, end_line: 4, evidence: 'verify=False' }] });
  const looked = async (start: number, builtIn: boolean) => {
    const team = agentTeam(Agents.parse({ security: { enabled: builtIn }, own: command(run(start)) }));
    return (await review(tree({ 'app.py': both }), 'security', { team })).findings;
  };
  const merged = await looked(4, true);
  expect(merged.filter(({ file }) => file === 'app.py').find(({ agents }) => agents.length > 1)).toMatchObject({
    agents: ['security', 'own'],
  });
  const [one] = await looked(4, false);
  const [other] = await looked(3, false);
  expect(one!.fingerprint).toBe(other!.fingerprint);
});

test('a claim whose quoted code is not there is refuted, elsewhere lowered, missing lowered and marked (RV-7)', async () => {
  const run = prints({
    findings: [
      { ...finding, title: 'made up', evidence: 'subprocess.call(everything)' },
      { ...finding, title: 'elsewhere', class: 'logic-error', evidence: 'def far_away' },
      { ...finding, title: 'no quote', class: 'race', evidence: '' },
    ],
  });
  const { findings, refuted } = await review(tree({ 'app.py': `${code}${'\n'.repeat(9)}def far_away():\n    pass\n` }), 'all', {
    team: teamOf({ own: command(run) }),
  });
  expect(refuted).toMatchObject([
    { by: 'quoted code', reason: 'the code it quotes is not in the file', finding: { id: 'R-1', title: 'made up' } },
  ]);
  expect(findings.map(({ title, severity, priority, check }) => [title, severity, priority, check?.verdict])).toEqual([
    ['elsewhere', 'high', 'P1', 'lowered'],
    ['no quote', 'high', 'P1', 'not checked'],
  ]);
});

test('in a review of what is critical, what a second look lowers is listed, not lost', async () => {
  const run = prints({ findings: [{ ...finding, evidence: '' }] });
  const { findings, refuted } = await review(tree({ 'app.py': code }), 'critical', { team: teamOf({ own: command(run) }) });
  expect(findings).toEqual([]);
  expect(refuted).toMatchObject([{ belowScope: true }]);
});

const sarif = (results: object[], run: object = {}) => ({
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: { name: 'Shiny', rules: [{ id: 'S1', shortDescription: { text: 'Shell' }, properties: { 'security-severity': '9.5' } }] },
      },
      results,
      ...run,
    },
  ],
});
const result = (uri: string, line: number, ruleId = 'S1') => ({
  ruleId,
  message: { text: 'a shell' },
  locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } }],
});

test('a command that prints SARIF is an agent; exit code 1 says that it found something (RV-2)', async () => {
  const log = sarif([result('app.py', 4), result('/etc/passwd', 1), result('gone.py', 1)]);
  const run = program(`process.stdout.write(${JSON.stringify(JSON.stringify(log))}); process.exitCode = 1;`);
  const { findings, coverage } = await review(tree({ 'app.py': code }), 'all', {
    team: teamOf({ shiny: { perspective: 'security', engine: 'sarif', run } }),
  });
  expect(findings).toMatchObject([{ rule: 'shiny/S1', severity: 'critical', priority: 'P0', startLine: 4, agents: ['shiny'] }]);
  expect(findings[0]!.check, 'a tool with rules needs no second look').toBeUndefined();
  expect(coverage.agents).toMatchObject([{ agent: 'shiny', status: 'done', rejected: { count: 2 } }]);
});

test('SARIF that says the tool failed, or is none, is a failed agent', async () => {
  const failing = sarif([], { invocations: [{ executionSuccessful: false, exitCode: 9 }] });
  for (const [run, expected] of [
    [program(`process.stdout.write(${JSON.stringify(JSON.stringify(failing))})`), /says that it failed/],
    [program(`process.stdout.write('{"version":"2.1.0","runs":[]}')`), /reported no run/],
    [program("process.stdout.write('<xml/>')"), /not JSON/],
  ] as const) {
    const { coverage } = await review(tree({ 'app.py': code }), 'all', {
      team: teamOf({ shiny: { perspective: 'security', engine: 'sarif', run } }),
    });
    expect(coverage.agents[0]).toMatchObject({ status: 'failed', reason: expect.stringMatching(expected) });
  }
});
