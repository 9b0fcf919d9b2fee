import type { DeliveryRecord, Workspace } from '../../src/local-workspace/index.js';
import { percentile } from './statistics.js';

export interface Load {
  command: string;
  text: string;
  count: number;
  concurrency: number;
}

export interface Latencies {
  p50: number;
  p99: number;
}

/** Types commands, so many at a time, and takes the time from handing each to the app until its acknowledgement. All must be acknowledged. */
export async function typeCommands(workspace: Workspace, { command, text, count, concurrency }: Load): Promise<Latencies> {
  const dana = workspace.driver.as('dana');
  const latencies: number[] = [];
  let next = 0;
  const typist = async () => {
    while (next++ < count) latencies.push(latencyOf(await dana.command('platform', command, text)));
  };
  await Promise.all(Array.from({ length: concurrency }, typist));
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

function latencyOf({ outcome, latencyMs, response }: DeliveryRecord): number {
  if (outcome !== 'acked' || latencyMs === undefined) throw new Error(`a command was not acknowledged: ${outcome}`);
  const words = JSON.stringify(response ?? '');
  if (/went wrong|not (?:been )?started|not available/i.test(words)) throw new Error(`a command was refused: ${words.slice(0, 300)}`);
  return latencyMs;
}
