// `npm run bench`: measures the built product beside its floor in the same run and prints one JSON object on standard output.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/process/entry-point.js';
import type { Bench, Figures } from './bench.js';
import { measureAck } from './parts/ack.js';
import { measureCold } from './parts/cold.js';
import { measureCoordination } from './parts/coordination.js';
import { measureReview, reviews } from './parts/review.js';
import { measureRuns } from './parts/waiting.js';

/** Keys that are measured together stand together. */
const parts: readonly { keys: readonly string[]; measure: (bench: Bench, wanted: readonly string[]) => Promise<Figures> }[] = [
  { keys: ['ack'], measure: async (bench) => ({ ack: await measureAck(bench) }) },
  {
    keys: ['review', ...reviews.map((name) => `review.${name}`)],
    measure: async (bench, asked) => ({ review: await measureReview(bench, asked) }),
  },
  { keys: ['memory', 'recovery'], measure: measureRuns },
  { keys: ['cold'], measure: async (bench) => ({ cold: await measureCold(bench) }) },
  { keys: ['coordination'], measure: async (bench) => ({ coordination: await measureCoordination(bench) }) },
  ...['fix', 'sweep', 'runs_100', 'approvals', 'search'].map((key) => ({
    keys: [key],
    measure: async () => ({ [key]: { error: 'the benchmark does not measure this yet' } }),
  })),
];
const keys = parts.flatMap((part) => part.keys);
/** `review.sample` is a part of `review`, which has them all. */
const whole = keys.filter((key) => !key.includes('.'));

const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const wanted = values.only?.split(',') ?? whole;
const unknown = wanted.filter((name) => !keys.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no part "${unknown.join('", "')}"; there are ${keys.join(', ')}\n`);
  process.exit(2);
}
const began = performance.now();
const tell = (words: string) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${words}\n`);
const bench: Bench = { rounds: Math.max(1, Number(values.rounds)), tell: (words) => void tell(words) };

const results: Figures = {};
for (const part of parts) {
  const asked = part.keys.filter((key) => wanted.includes(key));
  if (asked.length === 0) continue;
  tell(asked.join(', '));
  try {
    Object.assign(results, await part.measure(bench, asked));
  } catch (error) {
    tell(`${asked.join(', ')} failed: ${error instanceof Error ? error.stack : String(error)}`);
    for (const key of asked) results[key] = { error: error instanceof Error ? error.message : String(error) };
  }
}
const machine = {
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memory_mb: Math.round(totalmem() / 1024 / 1024),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  commit: commit(),
};
// Timers of git's library would hold the process for two minutes more.
process.stdout.write(`${JSON.stringify({ machine, rounds: bench.rounds, ...results }, null, 2)}\n`, () => process.exit());

function commit(): string {
  try {
    const [head, changed] = [
      ['rev-parse', 'HEAD'],
      ['status', '--porcelain'],
    ].map((args) => execFileSync('git', args, { cwd: packageRoot, encoding: 'utf8' }).trim());
    return `${head}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
