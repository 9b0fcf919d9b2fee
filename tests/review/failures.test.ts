import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryPoint } from '../../src/process/entry-point.js';
import { oxlintProgram } from '../../src/review/analyzers/oxlint.js';
import type { Tool } from '../../src/review/hit.js';
import { recheck } from '../../src/review/recheck.js';
import { review, scratchFolder, tree } from './support.js';

const folder = tree({ 'a.py': 'import os\nprint(nobody)\n', 'b.js': "export const f = (text) => eval('(' + text + ')');\n" });

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
      reason: expect.stringContaining('pyright was stopped after 4 s'),
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

/** A program in place of ours that runs ours, but does as it is told at one file. */
function spoiled(at: string, deed: string): [string, string] {
  return script(`
    import { spawn } from 'node:child_process';
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    const request = JSON.parse(Buffer.concat(chunks).toString());
    const stop = request.files.indexOf(${JSON.stringify(at)});
    const files = stop < 0 ? request.files : request.files.slice(0, stop);
    const child = spawn(process.execPath, [${JSON.stringify(entryPoint('review/analyze'))}], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin.end(JSON.stringify({ ...request, files }));
    await new Promise((resolve) => child.once('close', resolve));
    if (stop >= 0) { ${deed} }
  `);
}

describe('a file that ends an analyzer', () => {
  const several = tree({ 'a.py': 'eval(a)\n', 'b.py': 'eval(b)\n', 'c.py': 'eval(c)\n' });
  const deeds = {
    'was killed by SIGKILL': "process.kill(process.pid, 'SIGKILL');",
    'ended with exit code 134: FATAL ERROR: heap out of memory': "console.error('FATAL ERROR: heap out of memory'); process.exit(134);",
    'was stopped after 10 s of silence': 'setInterval(() => {}, 1000);',
  };
  for (const [message, deed] of Object.entries(deeds)) {
    it(`is named, and the others are looked at: ${message}`, async () => {
      const { findings, coverage, readFiles } = await review(several, 'security', {
        programs: { ruff: spoiled('b.py', deed) },
        timeoutMs: 30_000,
      });
      expect(findings.map(({ file }) => file)).toEqual(expect.arrayContaining(['a.py', 'c.py']));
      expect(coverage.agents).toMatchObject([{ agent: 'security', status: 'failed' }]);
      expect(coverage.agents[0]?.reason).toBe(`ruff could not read 1 of 3 files, such as b.py (${message})`);
      expect(coverage.skipped).toContainEqual({ reason: 'unreadable', count: 1, examples: ['b.py'] });
      expect(readFiles).toEqual(['a.py', 'c.py']);
    });
  }

  it('is found among many by halving them, for a program that takes all at once', async () => {
    const files = Array.from({ length: 9 }, (_, at) => `f${at}.js`);
    const folder = tree(Object.fromEntries(files.map((file) => [file, 'export const f = (t) => eval(t);\n'])));
    const oxlint = script(`
      import { spawnSync } from 'node:child_process';
      if (process.argv.includes('./f5.js')) process.kill(process.pid, 'SIGSEGV');
      const { status } = spawnSync(process.execPath, [${JSON.stringify(oxlintProgram)}, ...process.argv.slice(2)], { stdio: 'inherit' });
      process.exit(status);
    `);
    const { findings, coverage } = await review(folder, 'security', { programs: { oxlint } });
    const found = findings.filter(({ description }) => description.includes('oxlint no-eval')).map(({ file }) => file);
    expect(found.sort()).toEqual(files.filter((file) => file !== 'f5.js'));
    expect(coverage.agents[0]).toMatchObject({ status: 'failed' });
    expect(coverage.agents[0]?.reason).toContain('oxlint could not read 1 of 9 files, such as f5.js');
  });

  it('does not make it go on for ever when every file does', async () => {
    const files = Array.from({ length: 30 }, (_, at) => [`f${at}.py`, 'eval(x)\n']);
    const folder = tree(Object.fromEntries(files));
    const ruff = script("console.log(JSON.stringify({ ready: true })); process.kill(process.pid, 'SIGKILL');");
    const { coverage } = await review(folder, 'security', { programs: { ruff } });
    expect(coverage.agents[0]?.reason).toMatch(/^ruff failed at 6 files, .*; 30 of 30 files were not looked at$/);
  });
});
