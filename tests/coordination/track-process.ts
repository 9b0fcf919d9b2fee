// A process of its own that tracks one finding at the same moment as another one; told what by its arguments.
import { openEcosystem } from '../../src/coordination/ecosystem.js';

const [file = '', runId = '', at = '0'] = process.argv.slice(2);
const place = { file: 'src/a.ts', startLine: 3, endLine: 3 };
const finding = (name: string) => ({
  ...place,
  id: 'F-1',
  rule: 'oxlint/no-eval',
  title: `Trouble with ${name}`,
  description: '',
  severity: 'high' as const,
  priority: 'P0' as const,
  perspective: 'security' as const,
  pool: 'security' as const,
  places: [place],
  evidence: '',
  suggestedFix: null,
  fixer: null,
  confidence: 1,
  agents: ['security'],
  fingerprint: `v1:${name}`,
});
while (Date.now() < Number(at)) await new Promise((resolve) => setImmediate(resolve));
const findings = Array.from({ length: 20 }, (_, number) => finding(String(number)));
const ecosystem = openEcosystem({ file });
const tracked = await ecosystem.track({
  repo: 'api',
  runId,
  commit: 'c1',
  findings,
  scope: 'all',
  reviewed: { rule: () => true, file: () => true },
});
process.stdout.write(JSON.stringify(tracked));
