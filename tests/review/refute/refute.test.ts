import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { agentTeam } from '../../../src/review/agents.js';
import type { ReviewResult } from '../../../src/review/finding.js';
import { Agents } from '../../../src/settings/agents.js';
import { review, tree } from '../support.js';

interface Case {
  name: string;
  file: string;
  class: string;
  /** The claimed lines are marked with ▶. */
  code: string;
  words?: string;
  expected: 'stays' | RegExp;
}

const py = (name: string, kind: string, code: string, expected: Case['expected'], words?: string): Case => ({
  name,
  file: `${name.replace(/\W+/g, '_')}.py`,
  class: kind,
  code,
  expected,
  ...(words ? { words } : {}),
});
const ts = (...args: Parameters<typeof py>): Case => ({ ...py(...args), file: `${args[0].replace(/\W+/g, '_')}.ts` });

const cases: Case[] = [
  py(
    'name whose absence is caught',
    'undefined-name',
    'try:\n▶    unicode\nexcept NameError:\n    unicode = str\n',
    /NameError is caught/,
    'unicode is undefined',
  ),
  py(
    'name of another try',
    'undefined-name',
    'try:\n    pass\nexcept NameError:\n    pass\n▶print(unicode)\n',
    'stays',
    'unicode is undefined',
  ),
  py(
    'name defined under a condition',
    'undefined-name',
    'import sys\nif sys.platform:\n    limit = 3\n\ndef f():\n▶    return limit\n',
    /defined on line 3/,
    '`limit` is undefined',
  ),
  py(
    'name defined in another function',
    'undefined-name',
    'def g():\n    limit = 3\n\ndef f():\n▶    return limit\n',
    'stays',
    '`limit` is undefined',
  ),
  py(
    'name of a class body',
    'undefined-name',
    'class A:\n    limit = 3\n    def f(self):\n▶        return limit\n',
    'stays',
    '`limit` is undefined',
  ),
  py(
    'name from try import',
    'undefined-name',
    'try:\n    import ujson as json\nexcept ImportError:\n    import json\n\ndef f(x):\n▶    return json.loads(x)\n',
    /defined on line/,
    'json may be undefined',
  ),
  py(
    'name in an annotation only',
    'undefined-name',
    'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import Shop\n\n▶def f(s: Shop): ...\n',
    /annotation/,
    'Shop is undefined',
  ),
  py(
    'name for types used when running',
    'undefined-name',
    'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import Shop\n\ndef f():\n▶    return Shop()\n',
    'stays',
    'Shop is undefined',
  ),
  py('name of a star import', 'undefined-name', 'from tkinter import *\n▶mainloop()\n', /star import on line 1/, 'mainloop is undefined'),
  py(
    'name put among the builtins',
    'undefined-name',
    'import builtins\nbuiltins.trace = print\n▶trace(1)\n',
    /among the globals on line 2/,
    'trace is undefined',
  ),
  py(
    'exports of a lazy module',
    'undefined-name',
    '▶__all__ = ["Late"]\n\ndef __getattr__(name):\n    return name\n',
    /on demand/,
    'Late is undefined',
  ),
  py(
    'loop that always runs',
    'unbound-name',
    'def f(read):\n    while True:\n        line = read()\n        if line:\n            break\n▶    return line\n',
    /always runs/,
    'line may be unbound',
  ),
  py(
    'loop left before',
    'unbound-name',
    'def f(read):\n    while True:\n        if read():\n            break\n        line = read()\n▶    return line\n',
    'stays',
    'line may be unbound',
  ),
  py(
    'loop that may be empty',
    'unbound-name',
    'def f(all):\n    for last in all:\n        pass\n▶    return last\n',
    'stays',
    'last may be unbound',
  ),
  py(
    'loop over a literal',
    'unbound-name',
    'def f(go):\n    for n in (1, 2):\n        out = go(n)\n▶    return out\n',
    /something to go through/,
    'out may be unbound',
  ),
  py(
    'branches that leave',
    'unbound-name',
    'import sys\ndef f(x):\n    if x:\n        out = 1\n    else:\n        sys.exit(2)\n▶    return out\n',
    /every other branch leaves/,
    'out may be unbound',
  ),
  py(
    'branch that does not leave',
    'unbound-name',
    'import sys\ndef f(x):\n    if x:\n        out = 1\n    else:\n        print(2)\n▶    return out\n',
    'stays',
    'out may be unbound',
  ),
  py(
    'own function that never returns',
    'unbound-name',
    'from typing import NoReturn\ndef die() -> NoReturn:\n    raise SystemExit\ndef f(x):\n    try:\n        out = int(x)\n    except ValueError:\n        die()\n▶    return out\n',
    /every handler/,
    'out may be unbound',
  ),
  py(
    'handler that goes on',
    'unbound-name',
    'def f(x):\n    try:\n        out = int(x)\n    except ValueError:\n        print(x)\n▶    return out\n',
    'stays',
    'out may be unbound',
  ),
  py(
    'same condition twice',
    'unbound-name',
    'def f(debug, g):\n    if debug:\n        began = g()\n    g()\n    if debug:\n▶        print(began)\n',
    /same condition/,
    'began may be unbound',
  ),
  py(
    'condition changed between',
    'unbound-name',
    'def f(debug, g):\n    if debug:\n        began = g()\n    debug = g()\n    if debug:\n▶        print(began)\n',
    'stays',
    'began may be unbound',
  ),
  py(
    'race without await',
    'race-condition',
    'class A:\n    async def f(self, x):\n        await x()\n▶        n = self.n\n▶        self.n = n + 1\n',
    /no await between/,
  ),
  py(
    'race with await',
    'race-condition',
    'class A:\n    async def f(self, x):\n▶        n = self.n\n▶        await x()\n▶        self.n = n + 1\n',
    'stays',
  ),
  py(
    'race in a lock',
    'race-condition',
    'class A:\n    async def f(self, x):\n        async with self._lock:\n▶            n = self.n\n▶            await x()\n▶            self.n = n + 1\n',
    /inside a lock/,
  ),
  py(
    'race of threads',
    'race-condition',
    'import threading\nclass A:\n    def f(self):\n▶        n = self.n\n▶        self.n = n + 1\n',
    'stays',
  ),
  py('race on a file', 'race-condition', 'import os\ndef f(p):\n▶    if not os.path.exists(p):\n▶        open(p, "w")\n', 'stays'),
  ts(
    'sync race',
    'race-condition',
    'export class A {\n  n = 0;\n  f() {\n▶    const n = this.n;\n▶    this.n = n + 1;\n  }\n}\n',
    /no await between/,
  ),
  ts(
    'async race',
    'race-condition',
    'export class A {\n  n = 0;\n  async f(x: () => Promise<void>) {\n▶    const n = this.n;\n▶    await x();\n▶    this.n = n + 1;\n  }\n}\n',
    'stays',
  ),
  ts(
    'interval that is cleared',
    'endless-task',
    'export class A {\n  #timer?: NodeJS.Timeout;\n  start() {\n▶    this.#timer = setInterval(() => {}, 10);\n  }\n  stop() {\n    clearInterval(this.#timer);\n  }\n}\n',
    /this\.#timer is cancelled on line 7/,
  ),
  ts(
    'interval of another class is cleared',
    'endless-task',
    'export class A {\n  #timer?: NodeJS.Timeout;\n  start() {\n▶    this.#timer = setInterval(() => {}, 10);\n  }\n}\nexport class B {\n  #timer?: NodeJS.Timeout;\n  stop() {\n    clearInterval(this.#timer);\n  }\n}\n',
    'stays',
  ),
  ts(
    'interval in a const',
    'endless-task',
    '▶const poll = setInterval(() => {}, 10);\nexport const stop = () => clearInterval(poll);\n',
    /poll is cancelled on line 2/,
  ),
  ts('interval nobody keeps', 'endless-task', '▶setInterval(() => {}, 10);\nexport {};\n', 'stays'),
  py(
    'task that is cancelled',
    'endless-task',
    'import asyncio\nclass A:\n    def start(self):\n▶        self._task = asyncio.create_task(self.run())\n    def stop(self):\n        self._task.cancel()\n    async def run(self): ...\n',
    /self\._task is cancelled on line 6/,
  ),
  py(
    'loop of a task that is cancelled',
    'endless-task',
    'import asyncio\nclass A:\n    def start(self):\n        self._task = asyncio.create_task(self.run())\n    def stop(self):\n        self._task.cancel()\n    async def run(self):\n▶        while True:\n▶            await asyncio.sleep(1)\n',
    /self\._task, is cancelled/,
  ),
  py(
    'loop with a flag',
    'endless-task',
    'class A:\n    def stop(self):\n        self.running = False\n    async def run(self, x):\n▶        while self.running:\n▶            await x()\n',
    /ends when self\.running changes, on line 3/,
  ),
  py('loop without end', 'endless-task', 'async def run(x):\n▶    while True:\n▶        await x()\n', 'stays'),
  py('after a return', 'logic-error', 'def f(x):\n    return x\n▶    x.boom()\n', /line 2 always leaves/),
  py('after a conditional return', 'logic-error', 'def f(x):\n    if x:\n        return x\n▶    x.boom()\n', 'stays'),
  py('under if False', 'logic-error', 'if False:\n▶    boom()\n', /never holds/),
  py('for an old Python', 'logic-error', 'import sys\nif sys.version_info[0] < 3:\n▶    boom()\nelse:\n    pass\n', /never holds/),
  py('for a new Python', 'logic-error', 'import sys\nif sys.version_info >= (3, 12):\n▶    boom()\n', 'stays'),
  py(
    'other branch of what always holds',
    'logic-error',
    'import sys\nif sys.version_info >= (3,):\n    pass\nelse:\n▶    boom()\n',
    /always holds/,
  ),
  py('secret in dead code', 'committed-secret', 'if False:\n▶    boom()\n', 'stays'),
  ts(
    'after a throw',
    'logic-error',
    'export function f(x: { boom(): void }) {\n  throw new Error("x");\n▶  x.boom();\n}\n',
    /line 2 always leaves/,
  ),
  ts('function after a return', 'logic-error', 'export function f() {\n  return g();\n▶  function g() { return 1; }\n}\n', 'stays'),
];

describe('deterministic second looks (RV-7)', () => {
  let result: ReviewResult;
  beforeAll(async () => {
    const files: Record<string, string> = {};
    const claims = cases.map(({ file, code, class: kind, words }) => {
      const lines = code.split('\n');
      const marked = lines.flatMap((line, at) => (line.startsWith('▶') ? [at + 1] : []));
      files[file] = lines.map((line) => line.replace('▶', '')).join('\n');
      return {
        class: kind,
        title: `Claim about ${file}`,
        description: words ?? 'It is wrong.',
        severity: 'high',
        file,
        start_line: marked[0],
        end_line: marked.at(-1),
        evidence: lines[marked[0]! - 1]!.replace('▶', '').trim(),
        suggested_fix: null,
        confidence: 0.6,
      };
    });
    const tool = join(tree({ 'answer.json': JSON.stringify({ findings: claims }) }), 'answer.json');
    const off = ['architect', 'security', 'language-python', 'language-typescript', 'performance'];
    const team = agentTeam(
      Agents.parse({
        ...Object.fromEntries(off.map((name) => [name, { enabled: false }])),
        claims: { perspective: 'language', engine: 'command', run: `cat '${tool}'` },
      }),
    );
    result = await review(tree(files), 'all', { team });
    expect(result.coverage.agents).toMatchObject([{ status: 'done', findings: cases.length }]);
  });

  test.each(cases.map((each) => [each.name, each] as const))('%s', (_, { file, expected }) => {
    const left = result.findings.find((finding) => finding.file === file);
    const gone = result.refuted.find(({ finding }) => finding.file === file);
    if (expected === 'stays') expect({ by: left?.check?.by, gone: gone?.reason }).toEqual({ by: 'quoted code', gone: undefined });
    else
      expect(gone?.reason ?? (left?.check?.verdict === 'lowered' ? left.check.reason : `kept: ${left?.check?.reason}`)).toMatch(expected);
  });
});

test('findings of our own tools are looked at too, and what is refuted is listed with the reason', async () => {
  const folder = tree({
    'app.py': 'import sys\n\nif sys.version_info[0] < 3:\n    text = unicode\nelse:\n    text = str\n\n\ndef f():\n    return missing\n',
  });
  const { findings, refuted } = await review(folder, 'all');
  expect(findings.filter(({ rule }) => rule === 'ruff/F821').map(({ startLine }) => startLine)).toEqual([10]);
  expect(refuted.filter(({ finding }) => finding.rule === 'ruff/F821')).toMatchObject([
    { by: 'unreachable place', finding: { startLine: 4 } },
  ]);
});
