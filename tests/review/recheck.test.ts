import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recheck } from '../../src/review/recheck.js';
import { brief, review, scratchFolder, tree } from './support.js';

describe('a recheck', async () => {
  const folder = tree({
    'a.py': 'import os\nimport json\n\ndef f(x=[]):\n    x.append(1)\n    return missing\n',
    'b.js': "export const f = (t) => eval('(' + t + ')');\n",
    'c.js': 'export const g = (t) => eval(t);\n',
  });
  const { findings } = await review(folder);
  const again = (files: string[], list = findings) => recheck({ folder, findings: list, files, scratch: scratchFolder() });

  it('finds the same again, with the same fingerprints, in the files it is given and in no other', async () => {
    const { findings: now, failed } = await again(['a.py', 'b.js']);
    expect(failed).toEqual([]);
    expect(now.map(({ fingerprint }) => fingerprint).sort()).toEqual(
      findings
        .filter(({ file }) => file !== 'c.js')
        .map(({ fingerprint }) => fingerprint)
        .sort(),
    );
  });

  it('sees that a finding is gone, and that another one came', async () => {
    const text = 'import os\nimport json\n\ndef f(x=[]):\n    x.append(1)\n    return os, json, brand_new\n';
    writeFileSync(join(folder, 'a.py'), text);
    const { findings: now } = await again(['a.py']);
    expect(brief(now)).toEqual(['ruff/F821 a.py:6', 'ruff/B006 a.py:4']);
    const known = new Set(findings.map(({ fingerprint }) => fingerprint));
    expect(now.map(({ fingerprint }) => known.has(fingerprint))).toEqual([false, true]);
  });

  it('asks pyright when pyright found it', async () => {
    const tree2 = tree({
      'a.py': 'import asyncio\n\nasync def f() -> int:\n    return 1\n\nasync def g() -> None:\n    f()\n\nasyncio.run(g())\n',
    });
    const before = (await review(tree2)).findings;
    expect(brief(before)).toEqual(['pyright/reportUnusedCoroutine a.py:7']);
    const now = await recheck({ folder: tree2, findings: before, files: ['a.py'], scratch: scratchFolder() });
    expect(brief(now.findings)).toEqual(['pyright/reportUnusedCoroutine a.py:7']);
    expect((await recheck({ folder: tree2, findings: [], files: ['a.py'], scratch: scratchFolder() })).findings).toEqual([]);
  });

  it('proves nothing about a file that can no longer be read', async () => {
    writeFileSync(join(folder, 'c.js'), Buffer.from([0, 1, 2]));
    expect((await again(['c.js'])).failed).toEqual([{ analyzer: 'inventory', reason: 'c.js is not read: binary' }]);
  });
});
