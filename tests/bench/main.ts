// `npm run bench`: measures the built product beside its floor in the same run and prints one JSON object on standard output.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/process/entry-point.js';
import type { Bench, Figures } from './bench.js';
import { measureAck } from './parts/ack.js';
import { measureReview } from './parts/review.js';
import { measureMemory, measureRecovery } from './parts/waiting.js';

const parts: Record<string, (bench: Bench) => Promise<Figures>> = {
  ack: measureAck,
  review: measureReview,
  memory: measureMemory,
  recovery: measureRecovery,
};

const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' } } });
const wanted = values.only?.split(',') ?? Object.keys(parts);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`no part "${unknown.join('", "')}"; there are ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}
const began = performance.now();
const tell = (words: string) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${words}\n`);
const bench: Bench = { rounds: Math.max(1, Number(values.rounds)), tell: (words) => void tell(words) };

const results: Figures = {};
for (const name of wanted) {
  tell(name);
  try {
    results[name] = await parts[name]?.(bench);
  } catch (error) {
    tell(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    results[name] = { error: error instanceof Error ? error.message : String(error) };
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
process.stdout.write(`${JSON.stringify({ machine, rounds: bench.rounds, ...results }, null, 2)}\n`);

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
