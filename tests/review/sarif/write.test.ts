import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Finding, severities } from '../../../src/review/finding.js';
import { readSarif } from '../../../src/review/sarif/read.js';
import { ownFingerprint, type SarifReport, toSarif } from '../../../src/review/sarif/write.js';

const schema = createRequire(import.meta.url)
  .resolve('@microsoft/jest-sarif/package.json')
  .replace(/package\.json$/, 'lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new AjvDraft04.default({
  strict: false,
  unicodeRegExp: false,
  formats: { uri: URL.canParse.bind(URL), 'uri-reference': isReference, 'date-time': isDateTime },
});
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')) as object);

function isReference(text: string): boolean {
  return !/[\s<>"{}|\\^`]|%(?![0-9a-f]{2})/i.test(text) && URL.canParse(text, 'http://base.invalid/');
}
function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((part) => !/[\p{Cc}\\/]/u.test(part) && !/^\.{1,2}$/.test(part) && part !== '.git');
const someFinding = fc
  .record({
    path: fc.array(name, { minLength: 1, maxLength: 4 }),
    startLine: fc.integer({ min: 1, max: 1000 }),
    lines: fc.integer({ min: 0, max: 20 }),
    rule: fc.constantFrom('ruff/F821', 'oxlint/no-eval', 'mahavishnu/open-redirect', 'semgrep/a.b.c'),
    severity: fc.constantFrom(...severities),
    text: fc.string({ unit: 'grapheme', maxLength: 50 }),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    number: fc.nat(),
  })
  .map(({ path, startLine, lines, rule, severity, text, confidence, number }): Finding => {
    const place = { file: path.join('/'), startLine, endLine: startLine + lines };
    return {
      ...place,
      id: 'F-1',
      rule,
      title: `Title ${text}`,
      description: text,
      severity,
      priority: 'P1',
      perspective: 'security',
      pool: 'security',
      places: [place, { ...place, startLine: startLine + 100, endLine: startLine + 100 }],
      evidence: text,
      suggestedFix: text || null,
      fixer: null,
      confidence,
      agents: ['security'],
      fingerprint: `v1:${number}`,
      lineHash: 'abc:1',
    };
  });

const report = (findings: Finding[], suppressed: Finding[], more: Partial<SarifReport> = {}): SarifReport => ({
  version: '1.2.3',
  repository: 'api',
  repositoryUri: 'https://git.example/team/api',
  commit: '4c1d2e9',
  branch: 'main',
  run: { id: 'r-1', scope: 'all', status: 'done', startedAt: new Date(0), endedAt: new Date(5) },
  findings: findings.map((finding, at) => ({ finding, issueId: at % 2 ? null : 'MHV-001', change: at % 2 ? null : 'known' })),
  suppressed: suppressed.map((finding) => ({
    finding,
    suppression: { kind: 'inSource', reason: 'build script', by: 'dana', until: '2027-01-31' },
  })),
  coverage: {
    files: 5,
    read: 3,
    skipped: [{ reason: 'too large', count: 2, examples: ['a b%.bin', 'x#y.bin'] }],
    agents: [{ agent: 'security', perspective: 'security', status: 'done', findings: 1, durationMs: 10, reason: null }],
  },
  ...more,
});

it('is valid by the official schema, and reads back as what was written (RV-8, property)', () => {
  fc.assert(
    fc.property(fc.array(someFinding, { maxLength: 8 }), fc.array(someFinding, { maxLength: 3 }), (findings, suppressed) => {
      const text = JSON.stringify(toSarif(report(findings, suppressed)));
      expect(validate(JSON.parse(text)), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
      const [run] = readSarif(text);
      expect(run).toMatchObject({ tool: 'Mahavishnu', version: '1.2.3', refused: [], failures: [] });
      const written = [...findings, ...suppressed];
      expect(run!.hits.map(({ rule, file, region }) => [rule, file, region?.startLine, region?.endLine])).toEqual(
        written.map(({ rule, file, startLine, endLine }) => [rule, file, startLine, endLine]),
      );
      expect(run!.hits.map(({ suppressed: why }) => why)).toEqual([...findings.map(() => null), ...suppressed.map(() => 'build script')]);
      expect(run!.hits.map(({ fingerprints }) => fingerprints.find((print) => print.name === ownFingerprint)?.value)).toEqual(
        written.map(({ fingerprint }) => fingerprint),
      );
    }),
  );
});

it('says what was not read and which agent failed, and then does not count as a success (RV-6)', () => {
  const whole = report([], []);
  const failed = {
    agent: 'security',
    perspective: 'security' as const,
    status: 'failed' as const,
    findings: 0,
    durationMs: 1,
    reason: 'ruff was killed',
  };
  const invocation = (more: Partial<SarifReport>) => toSarif(report([], [], more)).runs[0]!.invocations![0]!;
  expect(invocation({})).toMatchObject({
    executionSuccessful: true,
    toolExecutionNotifications: [{ level: 'note', message: { text: '2 files were not read: too large' } }],
    properties: { coverage: { files: 5, read: 3 } },
  });
  const broken = invocation({ coverage: { ...whole.coverage!, agents: [...whole.coverage!.agents, failed] } });
  expect(broken.executionSuccessful).toBe(false);
  expect(broken.toolExecutionNotifications![0]).toMatchObject({
    level: 'error',
    message: { text: 'Agent security failed: ruff was killed' },
  });
  // What was not there is said, and is no failure.
  const tools = [{ tool: 'mypy' as const, status: 'not found' as const }];
  const without = invocation({ coverage: { ...whole.coverage!, tools, skipped: [{ reason: 'read in part', count: 2, examples: [] }] } });
  expect(without).toMatchObject({
    executionSuccessful: true,
    toolExecutionNotifications: [
      { level: 'note', message: { text: '2 files were read in part' } },
      { level: 'note', message: { text: 'Reviewed without mypy (not found).' } },
    ],
    properties: { coverage: { tools } },
  });
  for (const more of [{ coverage: null }, { coverage: { ...whole.coverage!, agents: [] } }]) {
    expect(invocation(more)).toMatchObject({ executionSuccessful: false });
    const log = toSarif(report([], [], more));
    expect(validate(JSON.parse(JSON.stringify(log)))).toBe(true);
    expect(readSarif(JSON.stringify(log))[0]!.failures).not.toEqual([]);
  }
});

it('the schema test can fail', () => {
  const log = JSON.parse(JSON.stringify(toSarif(report([], [])))) as { runs: { results: unknown[] }[] };
  log.runs[0]!.results = [{ ruleId: 'x', level: 'bad', message: {} }];
  expect(validate(log)).toBe(false);
});
