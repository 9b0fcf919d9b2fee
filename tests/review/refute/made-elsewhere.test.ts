import { expect, test } from 'vitest';
import type { LocatedHit } from '../../../src/review/merge.js';
import { madeElsewhere } from '../../../src/review/refute/made-elsewhere.js';
import { ruleTable } from '../../../src/review/rules/table.js';
import { review, tree } from '../support.js';

test('a file of four missing names is a part of something; what a model claims of them is left to its second agent', async () => {
  const text = 'first(second, third, fourth);\n';
  const rule = (await ruleTable()).byId('oxlint/no-undef')!;
  const hits = [...text.matchAll(/\w+/g)].map(
    ({ 0: name, index: start }): LocatedHit => ({
      rule,
      code: 'no-undef',
      file: 'a.js',
      start,
      end: start + name.length,
      message: `'${name}' is not defined.`,
      fixable: false,
    }),
  );
  const parts = { folder: tree({ 'a.js': text }), files: ['a.js'], textOf: async () => text };
  const judged = async (all: readonly LocatedHit[]) => [...(await madeElsewhere(all, parts)).values()].map(({ by }) => by);
  expect(await judged(hits)).toEqual(Array(4).fill('part of a program'));
  expect(await judged(hits.map((hit) => ({ ...hit, agent: 'architect-claude' })))).toEqual([]);
});

test('what a program gives to its plugins is called as it is, and plugins are called after it', async () => {
  const files = { 'lib.js': "const helpers = nodebb('./helpers');\nmodule.exports = helpers;\n" };
  const told = async (name: string) => {
    const { findings } = await review(tree({ ...files, 'package.json': `{\n  "name": "${name}"\n}\n` }));
    return findings.map(({ rule, priority, check }) => `${priority} ${rule} ${check?.by ?? 'told'}`);
  };
  expect(await told('@them/nodebb-theme-plain')).toEqual(['P2 oxlint/no-undef global of the program']);
  const runtime = { 'lib.js': "module.exports = Bare.platform === 'win32';\n", 'package.json': '{\n  "name": "bare-fs"\n}\n' };
  expect((await review(tree(runtime))).findings.map(({ priority }) => priority)).toEqual(['P2']);
  expect(await told('theme-plain-of-nodebb')).toEqual(['P1 oxlint/no-undef told']);
  expect(await told('@them/nodebb.theme.plain')).toEqual(['P2 oxlint/no-undef global of the program']);
  expect(await told('nodebb3-theme-plain')).toEqual(['P2 oxlint/no-undef global of the program']);
  const plugin = (name: string) => ({
    'index.js': 'exports.hook_rcpt = (next) => next(server);\n',
    'package.json': `{\n  "name": "${name}"\n}\n`,
  });
  expect((await review(tree(plugin('haraka-plugin-greylist')))).findings.map(({ priority }) => priority)).toEqual(['P2']);
  expect((await review(tree(plugin('greylist')))).findings.map(({ priority }) => priority)).toEqual(['P1']);
});

test('a program for which package.json has a part may define a global of its name', async () => {
  const told = async (manifest: object) =>
    (
      await review(
        tree({
          'server/store.js': "exports.store = () => strapi({ type: 'plugin', name: 'sorted' });\n",
          'package.json': JSON.stringify(manifest),
        }),
      )
    ).findings.map(({ rule, priority }) => `${priority} ${rule}`);
  expect(await told({ name: 'sorted', strapi: { name: 'sorted', kind: 'plugin' } })).toEqual(['P2 oxlint/no-undef']);
  expect(await told({ name: 'sorted', dependencies: { strapi: '^4.0.0' } })).toEqual(['P1 oxlint/no-undef']);
});

test('what eslint is told of a global, a second look believes', async () => {
  const told = async (name: string, settings: string) =>
    (await review(tree({ 'lib/ask.mjs': "export const url = () => route('pages');\n", [name]: settings }), 'all')).findings.filter(
      ({ rule, file }) => rule === 'oxlint/no-undef' && file === 'lib/ask.mjs',
    ).length;
  const flat = (value: string) => `export default [{ languageOptions: { globals: { route: ${value} } } }];\n`;
  expect(await told('eslint.config.mjs', flat("'readonly'"))).toBe(0);
  expect(await told('.eslintrc.json', '{ "globals": { "route": true } }\n')).toBe(0);
  expect(await told('eslint.config.mjs', flat("'off'"))).toBe(1);
  expect(await told('eslint.config.mjs', flat("'readonly'").replace('route', 'routes'))).toBe(1);
  expect(await told('other.config.mjs', flat("'readonly'"))).toBe(1);
});

test('what a file of declarations that is no module declares, another program makes', async () => {
  const told = async (declarations: string) =>
    (
      await review(
        tree({ 'lib/editor.mjs': 'export const models = () => monaco.editor.getModels();\n', 'editor.d.ts': declarations }),
        'all',
      )
    ).findings.filter(({ rule }) => rule === 'oxlint/no-undef').length;
  expect(await told('declare namespace monaco {\n  export const editor: any;\n}\n')).toBe(0);
  expect(await told('declare let monaco: any;\n')).toBe(0);
  expect(await told('declare let monacos: any;\n')).toBe(1);
  expect(await told("import type { Editor } from './editor.js';\ndeclare let monaco: Editor;\nexport const of: Editor;\n")).toBe(1);
});

test('what a bundler is told to fill in is there when the program runs', async () => {
  const told = async (line: string, file = 'webpack.common.js', plugin = 'DefinePlugin') =>
    (
      await review(
        tree({
          'src/widget.mjs': 'export class Widget {\n  version() {\n    return VERSION;\n  }\n}\n',
          [file]: `const webpack = require('webpack');\nmodule.exports = { plugins: [new webpack.${plugin}({ ${line} })] };\n`,
        }),
        'all',
      )
    ).findings.filter(({ rule, priority }) => rule === 'oxlint/no-undef' && priority === 'P1').length;
  expect(await told("VERSION: JSON.stringify('1.2.0')")).toBe(0);
  expect(await told("'VERSION': JSON.stringify('1.2.0')")).toBe(0);
  expect(await told("VERSION: String('1.2.0')")).toBe(1);
  expect(await told("VERSION: JSON.stringify('1.2.0')", 'buildQuery.js')).toBe(1);
  expect(await told("VERSION: JSON.stringify('1.2.0')", 'webpack.common.js', 'BannerPlugin')).toBe(1);
});

test('a package that is loaded for what it does may define a global of its name', async () => {
  const code = { 'stores/editor.js': 'export const shown = (json) => prism(json);\n' };
  const told = async (files: Record<string, string>) =>
    (await review(tree({ ...code, ...files }))).findings.map(({ rule, priority }) => `${priority} ${rule}`);
  expect(await told({ 'Editor.svelte': "<script>\n\timport 'prismjs';\n</script>\n" })).toEqual(['P2 oxlint/no-undef']);
  expect(await told({ 'editor.mjs': "import 'prismjs';\n" })).toEqual(['P2 oxlint/no-undef']);
  expect(await told({ 'editor.mjs': "import prism from 'prismjs';\n\nexport { prism };\n" })).toEqual(['P1 oxlint/no-undef']);
  expect(await told({ 'editor.mjs': "import 'prismatic';\n" })).toEqual(['P1 oxlint/no-undef']);
  const page = (address: string) => ({
    'index.html': `<script src="${address}"></script>\n<script type="module" src="./stores/editor.js"></script>\n`,
  });
  expect(await told(page('https://cdn.company.io/npm/prism@1.29.0/prism.min.js'))).toEqual(['P2 oxlint/no-undef']);
  expect(await told(page('https://cdn.company.io/npm/prismatic@1.29.0/index.js'))).toEqual(['P1 oxlint/no-undef']);
});

test('what a script calls root is the global object', async () => {
  const told = async (line: string) =>
    (
      await review(
        tree({
          'lib/shared.js': `(function () {\n  var root = typeof window !== 'undefined' ? window : global;\n  ${line}\n  shop([]);\n})();\nmodule.exports = null;\n`,
        }),
        'all',
      )
    ).findings
      .filter(({ rule }) => rule === 'oxlint/no-undef')
      .map(({ priority, check }) => `${priority} ${check?.by ?? 'told'}`);
  expect(await told('root.shop = root.shop || {};')).toEqual([]);
  expect(await told('root.sales = root.shop || {};')).toEqual(['P1 told']);
});

test('a name with a capital that stands nowhere else is one of what runs the program', async () => {
  const told = async (name: string, files: Record<string, string> = {}) =>
    (await review(tree({ 'lib/shown.mjs': `export const shown = (json) => ${name}.draw(json);\n`, ...files }), 'all')).findings
      .filter(({ rule }) => rule === 'oxlint/no-undef')
      .map(({ priority, check }) => `${priority} ${check?.by ?? 'told'}`);
  const host = ['P2 global of the program'];
  expect(await told('Canvas')).toEqual(host);
  // What is forgotten is an import that others have, or of a package that the program asks for.
  expect(
    await told('Canvas', { 'lib/other.mjs': "export {\n  Canvas,\n} from './canvas.mjs';\n", 'lib/canvas.mjs': 'export class Board {}\n' }),
  ).toEqual(['P1 told']);
  expect(await told('Canvas', { 'package.json': '{ "name": "a", "dependencies": { "canvas": "^2.0.0" } }' })).toEqual(['P1 told']);
  expect(await told('Canvas', { 'package.json': '{ "name": "a", "dependencies": { "@shop/canvas.js": "^2.0.0" } }' })).toEqual(['P1 told']);
  expect(await told('Canvas', { 'package.json': '{ "name": "a", "dependencies": { "canvases": "^2.0.0" } }' })).toEqual(host);
});

test('a name that nothing in the program makes, and that nothing is called like, is one of what runs the program', async () => {
  const told = async (text: string, files: Record<string, string> = {}) =>
    (await review(tree({ 'lib/sold.mjs': text, ...files }), 'all')).findings
      .filter(({ rule, file }) => rule === 'oxlint/no-undef' && file === 'lib/sold.mjs')
      .map(({ priority, check }) => `${priority} ${check?.by ?? 'told'}`);
  const [host, loud] = [['P2 global of the program'], ['P1 told']];
  const use = 'export const sold = (json) => wallet.send(json);\n';
  expect(await told(use)).toEqual(host);
  expect(await told('export const sold = (json) => json.sold(wallet);\n')).toEqual(loud);
  // What compilers made of the file lacks the name as well; neither prose nor a property makes it.
  const copy =
    '"use strict";\nObject.defineProperty(exports, "__esModule", { value: true });\nexports.sold = (json) => wallet.send(json);\n';
  expect(await told(use, { 'dist/sold.js': copy })).toEqual(host);
  expect(await told(use, { 'lib/other.mjs': '// The wallet of a page\nexport const kinds = [\'a wallet\', "wallet"];\n' })).toEqual(host);
  expect(await told(use, { 'lib/other.mjs': 'export const f = (page) => ({ wallet: page.wallet });\n' })).toEqual(host);
  // A function that is gone leaves its calls behind.
  expect(await told('export const sold = (json) => wallet(json);\n')).toEqual(loud);
  expect(await told('export const sold = (json) => wallet.send(wallet(json));\n')).toEqual(loud);
  for (const made of [
    'export const wallet = { send: () => 1 };\n',
    'export function open(wallet) {\n  return wallet.open();\n}\n',
    'export const f = {};\nf.wallet = { send: () => 1 };\n',
    'export const f = { wallet: function () {} };\n',
  ])
    expect([made, await told(use, { 'lib/other.mjs': made })]).toEqual([made, loud]);
  // Misspelt, cut short, or called after another.
  expect(await told('export const sold = (wallets) => wallet.send(wallets.length);\n')).toEqual(loud);
  expect(await told('export const sold = (walet) => wallet.send(walet.length);\n')).toEqual(loud);
  expect(await told("import { getWallet } from './other.mjs';\nexport const sold = () => wallet.send(getWallet());\n")).toEqual(loud);
  expect(await told('export const sold = (json) => cosnole.log(json);\n')).toEqual(loud);
  expect(await told("export const sold = (json) => wallet.send(json, 'wallet2');\n")).toEqual(host);
  expect(await told('export const sold = (i) => x.send(i);\n')).toEqual(loud);
  expect(await told(use, { 'package.json': '{ "name": "a", "dependencies": { "wallet.js": "^2.0.0" } }' })).toEqual(loud);
});

test('a logger of the program says itself what its messages are given', async () => {
  const code = {
    'shop/client.py':
      'import logging\n\nfrom .logger import Logger\n\nlogging.getLogger("shop")\n\n\ndef start(level):\n    logger = Logger(level)\n    logger.info("started", "green")\n',
  };
  const told = async (signature: string) =>
    (
      await review(
        tree({
          ...code,
          'shop/logger.py': `class Logger:\n    def __init__(self, level):\n        self.level = level\n\n    ${signature}\n        print(text)\n`,
        }),
      )
    ).findings
      .filter(({ rule }) => rule === 'ruff/PLE1205')
      .map(({ priority, check }) => `${priority} ${check?.by ?? 'told'}`);
  expect(await told('def info(self, text, colour="none"):')).toEqual(['P2 other logger']);
  expect(await told('def info(self, text: str, colour: str = "none") -> None:')).toEqual(['P2 other logger']);
  expect(await told('def info(self, text, *values):')).toEqual(['P1 told']);
});

test('a module of a package is among the names of the package once it was imported', async () => {
  const told = async (line: string) =>
    (
      await review(
        tree({ 'lib/shop/__init__.py': `${line}\n\n\ndef margin():\n    return mask.MARGIN\n`, 'lib/shop/mask.py': 'MARGIN = 3\n' }),
      )
    ).findings
      .filter(({ rule }) => rule === 'ruff/F821')
      .map(({ priority }) => priority);
  expect(await told('from shop.mask import MARGIN')).toEqual([]);
  expect(await told('from .mask import MARGIN')).toEqual([]);
  expect(await told('from other.mask import MARGIN')).toEqual(['P0']);
  expect(await told('from shop.masks import MARGIN')).toEqual(['P0']);
});

test('a project within the tree says itself which Python it runs on', async () => {
  const told = async (requires: string) =>
    (
      await review(
        tree({
          'pyproject.toml': '[project]\nname = "shop"\nrequires-python = ">=3.10"\n',
          'tools/pyproject.toml': `[project]\nname = "tools"\n${requires}\n`,
          'tools/src/show.py': 'def show(lines):\n    return f"{chr(10).join(f"- {line}" for line in lines)}"\n',
        }),
      )
    ).findings.map(({ rule, priority, check }) => `${priority} ${rule} ${check?.by ?? 'told'}`);
  expect(await told('requires-python = ">=3.12"')).toEqual(['P2 ruff/invalid-syntax newer Python']);
  expect(await told('requires-python = ">=3.11"')).toEqual(['P1 ruff/invalid-syntax told']);
  expect(await told('')).toEqual(['P1 ruff/invalid-syntax told']);
});

test('zx defines names for the scripts that it runs', async () => {
  const told = async (shebang: string, name: string) => {
    const utils = `export const root = (...p) => ${name}.resolve(...p);\n`;
    const { findings } = await review(
      tree({ 'scripts/utils.mjs': utils, 'scripts/build.mjs': `${shebang}\nexport * from './utils.mjs';\n` }),
    );
    return findings.map(({ rule, priority }) => `${priority} ${rule}`);
  };
  expect(await told('#!/usr/bin/env zx', 'path')).toEqual(['P2 oxlint/no-undef']);
  expect(await told('#!/usr/bin/env zx', 'util')).toEqual(['P1 oxlint/no-undef']);
  expect(await told('#!/usr/bin/env node', 'path')).toEqual(['P1 oxlint/no-undef']);
});
