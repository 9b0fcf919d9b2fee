import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Tool } from '../../src/review/hit.js';
import { recheck } from '../../src/review/recheck.js';
import { review, scratchFolder, tree } from './support.js';

const folder = tree({ 'a.py': 'import os\nprint(nobody)\n', 'b.js': "export const f = (t) => eval('(' + t + ')');\n" });

function script(code: string): [string, string] {
  const path = join(scratchFolder(), 'analyzer.mjs');
  writeFileSync(path, code);
  return [process.execPath, path];
}

const failing: Record<string, [string, string]> = {
  'is killed by SIGKILL': script("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);"),
  'printed something that cannot be read': script("console.log('no findings, all is well');"),
  'ended with exit code 7: Error: out of cheese': script("console.error('Error: out of cheese'); process.exit(7);"),
};

const others = ['oxlint', 'ruff', 'ast-grep', 'secretlint'] as const;

describe('an analyzer that fails', () => {
  for (const [end, program] of Object.entries(failing)) {
    const reason = (tool: Tool) => `${tool} ${end.replace('is killed', 'was killed')}`;

    it(`because it ${end}, fails the agents that rely on it`, async () => {
      for (const tool of others) {
        const { coverage } = await review(folder, 'security', { programs: { [tool]: program } });
        expect(coverage.agents).toMatchObject([{ agent: 'security', status: 'failed', reason: reason(tool) }]);
      }
    });

    it(`because it ${end}, fails no agent that does without it`, async () => {
      const { coverage, findings } = await review(folder, 'all', { programs: { pyright: program } });
      const failed = coverage.agents.filter(({ status }) => status === 'failed');
      expect(failed).toMatchObject([{ agent: 'language-python', reason: reason('pyright') }]);
      expect(findings.map(({ rule }) => rule)).toEqual(['mahavishnu/eval-json', 'ruff/F821', 'ruff/F401']);
    });
  }

  it('is stopped at its time limit', async () => {
    const { coverage } = await review(folder, 'all', { programs: { pyright: script('setInterval(() => {}, 1000);') }, timeoutMs: 4000 });
    expect(coverage.agents.find(({ agent }) => agent === 'language-python')).toMatchObject({
      status: 'failed',
      reason: 'pyright was stopped after 4 s',
    });
  });

  it('that is not there is a failure too', async () => {
    const { coverage } = await review(folder, 'all', { programs: { oxlint: ['/nowhere/oxlint'] } });
    expect(coverage.agents.find(({ agent }) => agent === 'performance')).toMatchObject({ status: 'failed' });
  });

  it('leaves nothing to quote when it was the search for secrets', async () => {
    const { findings } = await review(folder, 'all', { programs: { secretlint: failing['printed something that cannot be read']! } });
    expect(findings.length).toBeGreaterThan(0);
    for (const { evidence } of findings) expect(evidence).toBe('Not shown, because the search for secrets failed.');
  });

  it('proves nothing in a recheck', async () => {
    const { failed } = await recheck({
      folder,
      findings: [],
      files: ['b.js'],
      scratch: scratchFolder(),
      programs: { oxlint: failing['printed something that cannot be read']! },
    });
    expect(failed).toEqual([{ analyzer: 'oxlint', reason: 'oxlint printed something that cannot be read' }]);
  });

  it('stops when the review is cancelled', async () => {
    const abort = new AbortController();
    const running = review(folder, 'all', { programs: { pyright: script('setInterval(() => {}, 1000);') }, signal: abort.signal });
    setImmediate(() => abort.abort(new Error('cancelled by dana')));
    await expect(running).rejects.toThrow('cancelled by dana');
  });
});
