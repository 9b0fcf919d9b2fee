import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readSarif } from '../../src/review/sarif/read.js';
import { freshDatabase } from '../support/database.js';
import { commit, defect, git, type Sandbox, sandbox } from './support.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let box: Sandbox;

beforeAll(async () => {
  database = await freshDatabase();
  box = sandbox(database.url);
  box.setSettings(`allowed_folders: [${box.root}]\n`);
});
afterAll(async () => {
  box.remove();
  await database.drop();
});

interface Answer {
  run_id: string;
  findings: {
    id: string;
    rule: string;
    file: string;
    start_line: number;
    agents: string[];
    issue_id: string | null;
    change: string | null;
    fingerprint: string;
    priority: string;
    check: { by: string } | null;
  }[];
  refuted: { file: string; reason: string; by: string }[];
  suppressed: {
    rule: string;
    file: string;
    suppressed_by: { id: string; source: string; reason: string; by: string; until: string | null };
  }[];
  suppressions: { expired: string[]; problems: string[] };
  issues_created: string[];
  review_coverage: { agents: { agent: string; status: string; reason: string | null }[] };
}
async function review(path: string, ...args: string[]): Promise<Answer> {
  const { stdout, stderr } = await box.run(['review', path, '--scope', 'all', '--json', ...args]);
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as Answer;
}
const issue = (id: string) =>
  readFileSync(box.ecosystem, 'utf8')
    .split(/(?=- id: )/)
    .find((text) => text.startsWith(`- id: ${id}`)) ?? '';
const expire = () => database.pool.query(`update mahavishnu.clock set offset_ms = offset_ms + 100::bigint * 86400000`);

it('a rule, an issue and a contest hold findings back with their reason, until they end (RV-9)', async () => {
  const path = box.repository('held', { 'src/a.js': defect, 'src/b.js': defect });
  const first = await review(path);
  expect(first.issues_created).toEqual(['MHV-001', 'MHV-002']);
  const noReason = await box.run(['suppress', 'oxlint/no-eval']);
  expect(noReason).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') as string });
  expect((await box.run(['suppress', 'oxlnt-no-eval', '--reason', 'typing mistake'])).stderr).toContain('There is no rule');
  expect((await box.run(['suppress', 'MHV-001', '--reason', 'build script', '--until', '2199-01-01'])).stderr).toContain(
    'at most 366 days',
  );

  const byIssue = await box.run(['suppress', 'MHV-001', '--reason', 'build script only']);
  expect(byIssue.stdout, byIssue.stderr).toMatch(/✓ S-1: MHV-001 does not count in held until \d{4}-\d\d-\d\d: build script only/);
  expect(issue('MHV-001')).toMatch(/status: closed[\s\S]*held_because: build script only/);
  const left = first.findings.find(({ issue_id }) => issue_id === 'MHV-002')!;
  const contested = await box.run(['contest', first.run_id, left.id, '--reason', 'the text is ours']);
  expect(contested.stdout, contested.stderr).toContain('MHV-002 is contested until');
  expect(issue('MHV-002')).toMatch(/status: blocked[\s\S]*labels: \[contested\][\s\S]*contested_by/);

  const second = await review(path);
  expect(second.findings).toEqual([]);
  expect(second.suppressed.map(({ suppressed_by: { id, source, reason } }) => [id, source, reason])).toEqual([
    ['S-1', 'owner', 'build script only'],
    ['S-2', 'contest', 'the text is ours'],
  ]);
  expect(issue('MHV-001') + issue('MHV-002')).not.toContain('status: resolved');

  await expire();
  const third = await review(path);
  expect(third.findings.map(({ issue_id, change }) => [issue_id, change])).toEqual([
    ['MHV-001', 'reopened'],
    ['MHV-002', 'reopened'],
  ]);
  expect(third.suppressions.expired).toHaveLength(2);
  expect(issue('MHV-002')).toMatch(/status: pending/);
  expect(issue('MHV-002')).not.toContain('contested_by');
  const list = await box.run(['suppress', 'list']);
  expect(list.stdout).toContain('2 suppressions expired');
  expect((await box.run(['suppress', 'remove', 'S-1'])).code).toBe(0);
  expect((await box.run(['suppress', 'remove', 'S-1'])).stderr).toContain('no suppression "S-1" in force');
  const { rows } = await database.pool.query<{ action: string }>(
    `select action from mahavishnu.audit_log where action like '%suppress%' or action like '%contest%' order by id`,
  );
  expect(rows.map(({ action }) => action)).toEqual(['suppression.add', 'finding.contest', 'suppression.remove']);
});

afterEach(() => database.pool.query('update mahavishnu.clock set offset_ms = 0'));

it('comments and the file of the base commit count, the file of the change does not (RV-9)', async () => {
  const soon = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);
  const far = '2199-01-01';
  const path = box.repository('said', {
    'src/a.js': `export function read(text) {\n  // mahavishnu-ignore oxlint/no-eval: the text is ours\n  return eval(text);\n}\n`,
    'src/b.js': `export const read = (text) => eval(text); // mahavishnu-ignore no-eval\n`,
    'src/c.js': `export const read = (text) => eval(text); // mahavishnu-ignore *: whatever\n`,
    'scripts/d.js': defect,
    'tools/e.js': defect,
    '.mahavishnu.yaml': `suppress:\n  - { rule: no-eval, path: scripts/**, until: ${soon}, reason: build scripts, by: dana }\n  - { rule: no-eval, path: tools/**, until: ${far}, reason: for ever, by: dana }\n`,
  });
  const all = await review(path, '--dry-run');
  expect(all.findings.map(({ file }) => file).sort()).toEqual(['src/b.js', 'src/c.js', 'tools/e.js']);
  expect(all.suppressed.map(({ file, suppressed_by: { source, by, reason } }) => [file, source, by, reason]).sort()).toEqual([
    ['scripts/d.js', 'repository', 'dana', 'build scripts'],
    ['src/a.js', 'comment', 'Dana', 'the text is ours'],
  ]);
  expect(all.suppressions.problems.join('\n')).toMatch(
    /longer than the 366 days[\s\S]*src\/b\.js:1 gives no reason[\s\S]*src\/c\.js:1 names every rule/,
  );

  git(path, 'checkout', '--quiet', '-b', 'change');
  commit(path, {
    'src/new.js': defect,
    '.mahavishnu.yaml': `suppress: [{ rule: no-eval, until: ${soon}, reason: all of it, by: mallory }]\n`,
  });
  const change = await review(path, '--dry-run', '--since', 'main');
  expect(change.findings.map(({ file }) => file)).toEqual(['src/new.js']);
});

it('time is a witness against what fails whenever it is run, and an issue of it stays (RV-7)', async () => {
  const path = box.repository('stood', { 'src/a.py': 'def first():\n    return missing_name\n', 'src/b.js': defect });
  const rank = ({ findings }: Answer) =>
    findings.map(({ file, priority, check }) => `${priority} ${file}${check ? ` by ${check.by}` : ''}`).sort();
  const first = await review(path, '--scope', 'critical');
  expect(rank(first)).toEqual(['P0 src/a.py', 'P0 src/b.js']);
  commit(path, { 'src/b.js': `${defect}// changed\n` });
  await database.pool.query(`update mahavishnu.clock set offset_ms = ${91 * 86_400_000}`);
  expect(rank(await review(path, '--scope', 'all', '--dry-run'))).toEqual(['P0 src/b.js', 'P2 src/a.py by time']);
  expect((await box.run(['review', path, '--dry-run', '--scope', 'critical'])).stdout).toContain(
    '1 in doubt, and so below this scope; --scope all lists it',
  );
  const again = await review(path, '--scope', 'critical');
  expect(rank(again)).toEqual(['P0 src/b.js']);
  expect(again.refuted).toMatchObject([
    { file: 'src/a.py', by: 'time', below_scope: true, reason: expect.stringContaining('whoever runs the line') },
  ]);
  const kept = first.findings.find(({ file }) => file === 'src/a.py')!.issue_id!;
  expect(issue(kept)).toContain('status: pending');
  box.setSettings('review: { stood_for: off }\n', 'mahavishnu.yaml');
  expect(rank(await review(path, '--scope', 'all', '--dry-run'))).toEqual(['P0 src/a.py', 'P0 src/b.js']);
  box.setSettings('', 'mahavishnu.yaml');
});

it('SARIF goes out and comes in: second witnesses, foreign results, failures (RV-6, RV-8)', async () => {
  const path = box.repository('exchange', {
    'src/a.js': defect,
    'src/b.js':
      'export function query(db, name) {\n  return db.all(name);\n}\nconst token = "hunter2hunter2";\nexport const password = "hunter2hunter2";\n',
  });
  const out = join(box.root, 'out.sarif');
  const first = await review(path, '--dry-run', '--sarif', out);
  const [run] = readSarif(readFileSync(out, 'utf8'));
  expect(run!.hits.map(({ rule, file, region }) => [rule, file, region?.startLine])).toEqual(
    first.findings.map(({ rule, file, start_line }) => [rule, file, start_line]),
  );
  expect(run!.failures).toEqual([]);
  expect((await box.run(['runs', 'sarif', first.run_id])).stdout).toBe(readFileSync(out, 'utf8'));
  expect(readFileSync(out, 'utf8')).not.toContain('hunter2');

  const result = (ruleId: string, uri: string, startLine: number, more: object = {}) => ({
    ruleId,
    message: { text: 'bad, see hunter2hunter2' },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }],
    ...more,
  });
  const log = {
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Sem Scan',
            rules: [
              { id: 'js.eval', properties: { tags: ['external/cwe/cwe-095'], 'security-severity': '9.1' } },
              {
                id: 'js.sqli',
                shortDescription: { text: 'SQL from a request' },
                properties: { tags: ['external/cwe/cwe-089'], 'security-severity': '9.1' },
              },
            ],
          },
        },
        results: [
          result('js.eval', pathToFileURL(join(path, 'src/a.js')).href, 2),
          result('js.sqli', 'src/b.js', 2, { partialFingerprints: { 'scan/v1': 'abc' } }),
          result('js.sqli', 'src/b.js', 1, { suppressions: [{ kind: 'external', justification: 'checked by hand' }] }),
        ],
      },
    ],
  };
  const file = join(box.root, 'in.sarif');
  writeFileSync(file, JSON.stringify(log));
  const second = await review(path, '--import', file);
  const evaluation = second.findings.filter(({ file: at }) => at === 'src/a.js');
  expect(evaluation).toHaveLength(1);
  expect(evaluation[0]!.agents).toContain('sem-scan');
  expect(evaluation[0]!.agents.length).toBeGreaterThan(1);
  const foreign = second.findings.find(({ rule }) => rule === 'sem-scan/js.sqli')!;
  expect(foreign).toMatchObject({ file: 'src/b.js', start_line: 2, agents: ['sem-scan'], change: 'new' });
  expect(second.suppressed).toMatchObject([{ rule: 'sem-scan/js.sqli', suppressed_by: { source: 'tool', reason: 'checked by hand' } }]);
  expect(JSON.stringify(second)).not.toContain('hunter2');
  expect(second.review_coverage.agents.find(({ agent }) => agent === 'sem-scan')).toMatchObject({ status: 'done' });
  // Without the log nobody looked: the issue stays. With a log that has it no longer, it is gone.
  await review(path);
  expect(issue(foreign.issue_id!)).toContain('status: pending');
  log.runs[0]!.results.splice(1, 2);
  writeFileSync(file, JSON.stringify(log));
  await review(path, '--import', file);
  expect(issue(foreign.issue_id!)).toContain('status: resolved');

  log.runs[0]!.results.push(result('js.eval', 'file:///etc/passwd', 1));
  writeFileSync(file, JSON.stringify(log));
  const outside = await review(path, '--import', file, '--dry-run');
  expect(outside.review_coverage.agents.find(({ agent }) => agent === 'sem-scan')).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('outside of the repository') as string,
  });
  writeFileSync(file, '{"version":"3.0.0","runs":[]}');
  const refused = await box.run(['review', path, '--import', file]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('only 2.1.0');
});
