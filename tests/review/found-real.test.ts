import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { noOwnersTools, type OwnersTools } from '../../src/review/analyzers/found/owners-tools.js';
import { recheck } from '../../src/review/recheck.js';
import { realTools } from '../support/tools.js';
import { brief, review, scratchFolder, tree } from './support.js';

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

const python = await realTools('python');
const node = await realTools('node');

/** With nothing on PATH but the programs of this folder and what they are started with. */
function look(folder: string, programs: string, owners: Partial<OwnersTools> = {}) {
  process.env.PATH = [programs, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  return review(folder, 'all', { owners: { ...noOwnersTools, ...owners } });
}
const failed = ({ coverage }: Awaited<ReturnType<typeof look>>) => coverage.agents.filter(({ status }) => status === 'failed');
const statusOf = ({ coverage }: Awaited<ReturnType<typeof look>>, tool: string) =>
  coverage.tools?.find((each) => each.tool === tool)?.status;

const workflow = `name: greet
on: [pull_request_target, issue_comment]
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: some/action@main
      - uses: other/action@v4
      - name: grüße
        run: echo "Hello \${{ github.event.comment.body }}"
      - name: safe
        env:
          BODY: \${{ github.event.comment.body }}
        run: echo "Hello $BODY"
`;

describe.runIf(python)('real programs for Python and workflows', () => {
  it('zizmor: what strangers can make a workflow do, and no opinion on tags', async () => {
    const folder = tree({ '.github/workflows/greet.yml': workflow, 'action.yml': 'name: [broken\n' });
    const result = await look(folder, python!);
    expect(brief(result.findings).sort()).toEqual([
      'zizmor/dangerous-triggers .github/workflows/greet.yml:2',
      'zizmor/template-injection .github/workflows/greet.yml:11',
      'zizmor/unpinned-uses .github/workflows/greet.yml:8',
    ]);
    const injection = result.findings.find(({ rule }) => rule === 'zizmor/template-injection')!;
    expect(injection).toMatchObject({ priority: 'P1', perspective: 'security', pool: 'security', agents: ['security'] });
    expect(injection.description).toContain('Reported by zizmor template-injection.');
    // The one it cannot parse is no finding and no clean file either.
    expect(failed(result).map(({ reason }) => reason)).toEqual([
      'zizmor could not read 1 of 2 files, such as action.yml (not a workflow or action it understands)',
    ]);
    expect(result.readFiles).not.toContain('action.yml');
  });

  it('mypy: what cannot run, without the plugins of the repository', async () => {
    const mark = join(scratchFolder(), 'mark');
    const folder = tree({
      'mypy.ini': '[mypy]\nplugins = plugin.py\n',
      'plugin.py': `open(${JSON.stringify(mark)}, "w").write("ran")\n`,
      'src/shop/__init__.py': '',
      'src/shop/orders.py': [
        'from abc import ABC, abstractmethod',
        '',
        '',
        'class Rate(ABC):',
        '    @abstractmethod',
        '    def of(self, amount: int) -> int: ...',
        '',
        '',
        'class Order:',
        '    def total(self, tax: int) -> int:',
        '        return tax',
        '',
        '',
        'async def save(order: Order) -> None:',
        '    order.total(1, 2)',
        '    order.total(3)',
        '',
        '',
        'async def run() -> None:',
        '    save(Order())',
        '    await save(Order())',
        '    Rate().of(3)',
        '',
      ].join('\n'),
      // Imported by its name, which only works with src/ as a root; and a file that keeps mypy from all others until it is left out.
      'tests/check.py':
        'from shop import bad\nfrom shop.orders import Order\n\n\ndef check() -> None:\n    Order().total()\n    bad.any()\n',
      'src/shop/bad.py': 'print "old"\n',
      'my-scripts/check.py': 'import os\n\nprint(os.name)\n',
    });
    const result = await look(folder, python!);
    expect(existsSync(mark)).toBe(false);
    expect(
      brief(result.findings)
        .filter((line) => /orders|tests/.test(line))
        .sort(),
    ).toEqual([
      'mypy/abstract src/shop/orders.py:22',
      'pyright/reportCallIssue src/shop/orders.py:15',
      'pyright/reportCallIssue tests/check.py:6',
      'pyright/reportUnusedCoroutine src/shop/orders.py:20',
    ]);
    // What both say is one finding, with both named.
    const both = result.findings.filter(({ rule }) => rule.startsWith('pyright/')).map(({ otherRules }) => otherRules);
    expect(both).toEqual([['mypy/unused-coroutine'], ['mypy/call-arg'], ['mypy/call-arg']]);
    expect(
      failed(result)
        .map(({ reason }) => reason)
        .join(),
    ).toContain('mypy could not read 1 of');

    // A fix is proved by the program that found it.
    const wrong = result.findings.find(({ rule }) => rule === 'mypy/abstract');
    const again = await recheck({ folder, findings: [wrong!], files: ['src/shop/orders.py'], scratch: scratchFolder() });
    expect(again.failed).toEqual([]);
    expect(again.findings.map(({ fingerprint }) => fingerprint)).toContain(wrong!.fingerprint);
    const without = { ...noOwnersTools, programs: { mypy: 'off' } };
    const unproved = await recheck({
      folder,
      findings: [wrong!],
      files: ['src/shop/orders.py'],
      scratch: scratchFolder(),
      owners: without,
    });
    expect(unproved.failed.map(({ reason }) => reason)).toEqual(['mypy is not found any more']);
  });

  it('bandit: the same defect as ruff sees, told once', async () => {
    const result = await look(tree({ 'a.py': 'import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n' }), python!);
    const unsafe = result.findings.filter(({ title }) => title === 'Unsafe deserialisation');
    expect(unsafe).toHaveLength(1);
    expect(unsafe[0]?.otherRules).toContain('bandit/B301');
    expect(failed(result)).toEqual([]);
  });
});

describe.runIf(node)('real programs for packages', () => {
  const manifest = (more: object) => JSON.stringify({ name: 'sample', version: '1.0.0', type: 'module', ...more }, null, 2);

  it('publint: entries nobody can load, unless a build makes them', async () => {
    const folder = tree({
      'package.json': manifest({
        exports: { '.': { default: './index.js', types: './index.d.ts' }, './gone': './gone.js' },
        scripts: { prepack: 'touch ran' },
      }).replace('prepack', 'pack-it'),
      'index.js': 'export const one = 1;\n',
      'index.d.ts': 'export declare const one: number;\n',
      'packages/built/package.json': manifest({ exports: './dist/index.js', scripts: { build: 'tsc' } }),
      'packages/own/package.json': manifest({ exports: './nowhere.js', private: true }),
    });
    const result = await look(folder, node!);
    expect(failed(result)).toEqual([]);
    expect(brief(result.findings).sort()).toEqual([
      'publint/EXPORTS_DEFAULT_SHOULD_BE_LAST package.json:7',
      'publint/EXPORTS_TYPES_SHOULD_BE_FIRST package.json:8',
      'publint/FILE_DOES_NOT_EXIST package.json:10',
    ]);
    expect(result.findings[0]).toMatchObject({ perspective: 'architect', pool: 'typescript' });
  });

  it('knip runs code of the repository, so only where the owner trusts it', async () => {
    const mark = join(scratchFolder(), 'mark');
    const folder = tree({
      'package.json': manifest({ main: 'index.js', private: true }),
      'knip.js': `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, 'ran');\nexport default { entry: ['index.js'] };\n`,
      'index.js': "import { pad } from 'left-pad-of-someone';\nimport { gone } from './gone.js';\n\nexport const run = () => pad(gone);\n",
    });
    const strange = await look(folder, node!);
    expect(existsSync(mark)).toBe(false);
    expect(statusOf(strange, 'knip')).toBe('not trusted');
    expect(brief(strange.findings).filter((line) => line.startsWith('knip/'))).toEqual([]);
    expect(failed(strange)).toEqual([]);

    const trusted = await look(folder, node!, { trusted: true });
    expect(existsSync(mark)).toBe(true);
    expect(statusOf(trusted, 'knip')).toBe('used');
    expect(failed(trusted)).toEqual([]);
    expect(
      brief(trusted.findings)
        .filter((line) => line.startsWith('knip/'))
        .sort(),
    ).toEqual(['knip/unlisted index.js:1', 'knip/unresolved index.js:2']);
  });

  it('dependency-cruiser: the rules of the repository, only where the owner trusts it', async () => {
    const mark = join(scratchFolder(), 'mark');
    const folder = tree({
      'package.json': manifest({ private: true }),
      '.dependency-cruiser.cjs': `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'ran');
module.exports = {
  forbidden: [
    { name: 'pages-ask-services', comment: 'Pages know no table', severity: 'error', from: { path: '^src/page' }, to: { path: '^src/table' } },
    { name: 'no-circular', severity: 'warn', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'warn', from: { orphan: true }, to: {} },
    { name: 'interesting', severity: 'info', from: {}, to: { path: 'rows' } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
};
`,
      'src/page/show.js':
        "import fast from 'a-package';\nimport { rows } from '../table/rows.js';\n\nexport const show = () => fast(rows());\n",
      'src/table/rows.js': "import { head } from './head.js';\n\nexport const rows = () => [head];\n",
      'src/table/head.js': "import { rows } from './rows.js';\n\nexport const head = () => rows().length;\n",
      'src/alone.js': 'export const alone = 1;\n',
      // Nothing beside it translates TypeScript, so it would take this for a file without imports.
      'src/typed.ts': "import { rows } from './table/rows.js';\n\nexport const typed: number = rows().length;\n",
    });
    const strange = await look(folder, node!);
    expect(existsSync(mark)).toBe(false);
    expect(statusOf(strange, 'dependency-cruiser')).toBe('not trusted');

    const trusted = await look(folder, node!, { trusted: true });
    expect(existsSync(mark)).toBe(true);
    const own = trusted.findings.filter(({ rule }) => rule.startsWith('dependency-cruiser/'));
    expect(brief(own).sort()).toEqual(['dependency-cruiser/error src/page/show.js:2', 'dependency-cruiser/warn src/alone.js:1']);
    expect(own[0]).toMatchObject({ priority: 'P1', perspective: 'architect' });
    expect(own[0]?.description).toContain('pages-ask-services: src/page/show.js → src/table/rows.js (Pages know no table).');
    // Of a cycle oxlint says the same.
    const cycles = trusted.findings.filter(({ rule }) => rule === 'oxlint/import/no-cycle');
    expect(cycles.map(({ otherRules }) => otherRules)).toContainEqual(['dependency-cruiser/cycle']);
    expect([...new Set(failed(trusted).map(({ reason }) => reason))]).toEqual([
      'dependency-cruiser could not read 1 of 5 files, such as src/typed.ts (what translates such files is not installed beside it)',
    ]);

    const bare = await look(tree({ 'package.json': manifest({ private: true }), 'a.js': 'export const a = 1;\n' }), node!, {
      trusted: true,
    });
    expect(statusOf(bare, 'dependency-cruiser')).toBeUndefined();
  });
});
