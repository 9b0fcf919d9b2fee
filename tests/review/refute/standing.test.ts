import { expect, test } from 'vitest';
import type { Stood } from '../../../src/review/refute/standing.js';
import { review, tree } from '../support.js';

const crash = 'def first():\n    return missing_name\n';
const folder = tree({
  'app/old.py': crash,
  'app/new.py': crash,
  'app/broken.py': 'def first(:\n',
  'app/unbound.py': 'def first():\n    del one\n    one = 1\n    del one\n    return one\n',
  'app/quiet.py':
    'import requests\n\n\ndef load(host):\n    return requests.get(host)\n\n\ndef add(one, to=[]):\n    to.append(one)\n    return to\n',
  'app/raises.py':
    'def first(x):\n    if x:\n        raise MissingError(x)\n    try:\n        x()\n    except ValueError:\n        missing_report(x)\n',
  'app/broken_too.py': 'def first(x):\n    raise ValueError(x, "a" "b" c)\n',
  'web/warns.js': 'export function first(x) {\n  if (!x) console.warn(missingReason, x);\n  return x;\n}\n',
  'web/old.js': 'export function first() {\n  return missingName();\n}\n',
});
const since = new Date('2026-03-04T23:00:00Z');
const stood = async (): Promise<Stood> => ({ since, changed: new Set(['app/new.py']) });
const told = async (more: Parameters<typeof review>[2]) =>
  (await review(folder, 'all', more)).findings
    .filter(({ rule, priority }) => priority !== 'P2' || /F821|syntax|Unbound|undef$/.test(rule))
    .map(({ priority, rule, file, check }) => `${priority} ${rule} ${file} ${check?.by ?? ''}`.trim())
    .sort();

const silent = 'P1 mahavishnu/py-no-timeout app/quiet.py';

test('what fails whenever it is run is not believed in a file that stood for long; what harms in silence is', async () => {
  expect(await told({ stood })).toEqual([
    'P0 ruff/F821 app/new.py',
    'P0 ruff/F821 app/raises.py',
    silent,
    'P1 oxlint/no-undef web/warns.js',
    'P2 oxlint/no-undef web/old.js time',
    'P2 pyright/reportUnboundVariable app/unbound.py time',
    'P2 ruff/F821 app/old.py time',
    'P2 ruff/invalid-syntax app/broken.py time',
    'P2 ruff/invalid-syntax app/broken_too.py time',
  ]);
});

test.each([
  ['nobody knows how long', async () => null],
  ['nobody is asked', undefined],
])('where %s, everything counts', async (_, stood) => {
  expect(await told({ stood })).toEqual([
    'P0 ruff/F821 app/new.py',
    'P0 ruff/F821 app/old.py',
    'P0 ruff/F821 app/raises.py',
    silent,
    'P1 oxlint/no-undef web/old.js',
    'P1 oxlint/no-undef web/warns.js',
    'P1 pyright/reportUnboundVariable app/unbound.py',
    'P1 ruff/invalid-syntax app/broken.py',
    'P1 ruff/invalid-syntax app/broken_too.py',
  ]);
});

test('below the scope of a review it is listed with the reason', async () => {
  const { findings, refuted } = await review(folder, 'critical', { stood });
  expect(findings.map(({ file }) => file).sort()).toEqual(['app/new.py', 'app/raises.py']);
  const below = refuted.filter(({ belowScope }) => belowScope);
  expect(below.map(({ finding, reason }) => [finding.file, reason])).toEqual([
    ['app/old.py', expect.stringMatching(/^whoever runs the line .* as it was on 2026-03-04$/)],
  ]);
});

test('nobody is asked how long what is not reported stood', async () => {
  const asked: string[] = [];
  const quiet = tree({ 'app/quiet.py': 'import requests\n\n\ndef load(host):\n    return requests.get(host)\n' });
  const { findings } = await review(quiet, 'all', {
    stood: async () => {
      asked.push('asked');
      return null;
    },
  });
  expect([findings.length, asked]).toEqual([1, []]);
});

test.each([
  ['a branch that raises', 'if not x:\n        kind = missing_kinds[x]\n        raise ValueError(kind)', 'P0'],
  ['a warning', 'if not x:\n        x.log.warning(missing_kinds, x)', 'P0'],
  ['what is printed', 'if not x:\n        print(missing_kinds, x)', 'P2'],
  ['a branch that goes on', 'if not x:\n        x = missing_kinds[x]', 'P2'],
])('%s, in a file that stood', async (_, code, expected) => {
  const { findings } = await review(tree({ 'app/old.py': `def first(x):\n    ${code}\n    return x\n` }), 'all', { stood });
  expect(findings.map(({ rule, priority }) => `${priority} ${rule}`)).toEqual([`${expected} ruff/F821`]);
});
