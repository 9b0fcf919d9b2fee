import { execa } from 'execa';
import { expect, test } from 'vitest';
import { entryPoint } from '../../../src/process/entry-point.js';
import { tree } from '../support.js';

const LINES = 2200;
const PLACES = 300;
/** Of address space. Node alone takes 1.3 GB of it; before what is found below a root was kept, these places took 1.4 GB more. */
const LIMIT_KB = 2_200_000;

test.skipIf(process.platform !== 'linux')(
  'many places of one long file are looked at in the memory of few',
  async () => {
    const lines = Array.from(
      { length: LINES },
      (_, at) => `    def m${at}(self, a: Link, b: Text${at}, c: Kind${at}) -> Answer${at}: ...\n`,
    );
    const text = `class Manager:\n${lines.join('')}`;
    const starts = [...text.matchAll(/Link/g)].slice(0, PLACES).map(({ index }) => index);
    const places = starts.map((start) => ({
      file: 'stub.pyi',
      class: 'undefined-name',
      rule: 'pyright/reportUndefinedVariable',
      start,
      end: start + 4,
      words: '"Link" is not defined',
    }));
    const folder = tree({ 'stub.pyi': text });
    const child = `ulimit -v ${LIMIT_KB}; exec "${process.execPath}" "${entryPoint('review/refute/examine')}"`;
    const { stdout } = await execa('sh', ['-c', child], { input: `${JSON.stringify({ folder, places })}\n` });
    const { verdicts, unreadable } = JSON.parse(stdout) as { verdicts: ({ by: string } | null)[]; unreadable: unknown[] };
    expect(unreadable).toEqual([]);
    expect(verdicts).toHaveLength(PLACES);
    expect(new Set(verdicts.map((verdict) => verdict?.by))).toEqual(new Set(['never run']));
  },
  60_000,
);
