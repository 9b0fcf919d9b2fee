import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { poll } from '../support/poll.js';
import { review, scratchFolder, tree } from './support.js';

it('as many whole trees are analyzed at a time as there are cores, and a review that is given up leaves the queue', async () => {
  const folder = tree({ 'a.py': 'print(1)\n' });
  const place = scratchFolder();
  mkdirSync(join(place, 'started'));
  const waiting = join(place, 'analyzer.mjs');
  writeFileSync(
    waiting,
    `import { existsSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(join(place, 'started'))} + '/' + process.pid, '');
     setInterval(() => existsSync(${JSON.stringify(join(place, 'go'))}) && process.exit(7), 20);
     setTimeout(() => process.exit(8), 120_000);`,
  );
  const started = () => readdirSync(join(place, 'started')).length;
  const programs = { pyright: [process.execPath, waiting] as [string, string] };
  const turns = Math.max(2, availableParallelism());
  const first = Array.from({ length: turns }, () => review(folder, 'all', { programs }));
  await poll('as many as may', () => started() === turns);

  const abort = new AbortController();
  const given = review(folder, 'all', { programs, signal: abort.signal });
  const last = review(folder, 'all', { programs });
  // Of a part of a tree somebody waits for the result.
  const part = await review(folder, 'all', { files: ['a.py'] });
  expect(part.coverage.agents.map(({ status }) => status)).not.toContain('failed');
  abort.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  expect(started()).toBe(turns);

  writeFileSync(join(place, 'go'), '');
  for (const { coverage } of [...(await Promise.all(first)), await last])
    expect(coverage.agents.find(({ agent }) => agent === 'language-python')).toMatchObject({ status: 'failed' });
  expect(started()).toBe(turns + 1);
});
