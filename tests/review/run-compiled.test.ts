import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryPoint } from '../../src/process/entry-point.js';
import { review, scratchFolder, tree } from './support.js';

const large = `// ${'-'.repeat(200_000)}\n`;
const library = (answer: string) => `${large}exports.answer = (name) => \`${answer} to \${name}\`;\n`;

function program() {
  const folder = tree({
    'program/index.js':
      "const { answer } = require('./library.js');\nconsole.log(answer(process.argv[2]));\nprocess.exit(Number(process.argv[3]));\n",
    'program/library.js': library('hello'),
  });
  const cache = join(folder, 'compiled', 'program');
  const run = (code = 0, options: readonly string[] = []) => {
    const args = [...options, entryPoint('review/run-compiled'), cache, join(folder, 'program', 'index.js'), 'you', String(code)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    return { status, said: stdout.trim() };
  };
  // Code that V8 takes is not written again.
  const version = () => statSync(cache).ino;
  return { folder, cache, run, version };
}

describe('a program that runs with its code as it was compiled', () => {
  it('says what it says otherwise, and is compiled once', () => {
    const { run, version } = program();
    expect(run()).toEqual({ status: 0, said: 'hello to you' });
    const first = version();
    expect(run(1)).toEqual({ status: 1, said: 'hello to you' });
    expect(version()).toBe(first);
  });

  it('is compiled anew when its text, the options or what was kept is another', () => {
    const { folder, cache, run, version } = program();
    const isNew = () => {
      const before = version();
      const { said } = run();
      const made = version();
      // And what was written in its place is taken.
      run();
      expect(version()).toBe(made);
      return { said, made: made !== before };
    };
    run();
    // Of the same length, which is all that V8 looks at.
    writeFileSync(join(folder, 'program', 'library.js'), library('howdy'));
    expect(isNew()).toEqual({ said: 'howdy to you', made: true });
    const whole = readFileSync(cache);
    const flipped = Buffer.from(whole);
    flipped[whole.length - 40]! ^= 1;
    for (const damaged of [flipped, whole.subarray(0, -10), whole.subarray(0, 20), Buffer.alloc(0), Buffer.from('{}\n')]) {
      writeFileSync(cache, damaged);
      expect(isNew()).toEqual({ said: 'howdy to you', made: true });
    }
    const before = version();
    expect(run(0, ['--no-opt']).said).toBe('howdy to you');
    expect(version()).not.toBe(before);
  });

  it('keeps nothing of a program that failed', () => {
    const { cache, run } = program();
    expect(run(2)).toEqual({ status: 2, said: 'hello to you' });
    expect(existsSync(cache)).toBe(false);
  });

  it('finds what pyright finds otherwise (RV-8)', async () => {
    const folder = tree({ 'app/other.py': 'async def alone():\n    return 1\n\n\nasync def other():\n    alone()\n' });
    const compiled = join(scratchFolder(), 'compiled');
    const { findings } = await review(folder);
    expect(findings.map(({ rule }) => rule)).toContain('pyright/reportUnusedCoroutine');
    for (let at = 0; at < 2; at++) expect((await review(folder, 'all', { compiled })).findings).toEqual(findings);
    expect(existsSync(join(compiled, 'pyright'))).toBe(true);
  });
});
