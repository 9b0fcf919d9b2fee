import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../analyzers/outcome.js';
import { languageOf } from '../languages.js';
import { groupBy, type LocatedHit } from '../merge.js';
import { dropped, escaped, lowered, plain, restOfLine, type Verdict } from './nodes.js';
import { pythonTwo } from './python-two.js';
import { strangersAmong } from './strangers.js';

/** A name that so many files use and none defines is no slip of a pen. */
const MANY_FILES = 3;

/** A file that has nothing of what it uses is put together with others before it is run. */
const MANY_NAMES = 4;

/** What gettext installs among the builtins of Python. */
const translation = /^(_n?|ngettext|pgettext|npgettext)$/;

/**
 * Names that a file of a program does not define because another one, or what runs it, puts them among the globals.
 * `reported`: with those that something else speaks against already, which are missing as well.
 */
export async function madeElsewhere(
  hits: readonly LocatedHit[],
  { folder, files, textOf }: { folder: string; files: readonly string[]; textOf: (file: string) => Promise<string> },
  reported: readonly LocatedHit[] = hits,
): Promise<Map<LocatedHit, Verdict>> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const messages = hits.filter(({ rule }) => rule.id === 'ruff/PLE1205');
  const logger = messages.length > 0 ? await ownLogger(folder, files) : null;
  const classes = messages.length > 0 ? await loggerClasses(folder, files) : [];
  for (const hit of messages) {
    const text = await textOf(hit.file);
    const own = classes.find(({ name }) => new RegExp(`\\b${name}\\(`).test(text));
    if (own) verdicts.set(hit, lowered('other logger', `${own.name} in ${own.file} says itself what its messages are given`));
  }
  for (const hit of messages)
    if (logger !== null && (logger.forAll || takesBraces(await textOf(hit.file), hit)))
      verdicts.set(hit, lowered('other logger', `${logger.file} has messages filled in another way than the standard one`));
  for (const [hit, verdict] of await pythonTwo(hits, { folder, files, textOf })) verdicts.set(hit, verdict);
  // What a model claims is for its second agent.
  const undefinedNames = hits.filter(({ rule, agent }) => agent === undefined && rule.class === 'undefined-name');
  const broken = new Set(hits.filter(({ rule }) => rule.class === 'syntax-error').map(({ file }) => file));
  for (const hit of undefinedNames)
    if (broken.has(hit.file))
      verdicts.set(hit, lowered('file that does not parse', `nothing in ${hit.file} runs before its syntax is right`));
  const named = await Promise.all(undefinedNames.map(async (hit) => ({ hit, name: (await textOf(hit.file)).slice(hit.start, hit.end) })));
  const global = named.filter(
    ({ hit, name }) => hit.rule.id === 'oxlint/no-undef' || (hit.rule.language === 'python' && translation.test(name)),
  );
  const parts = groupBy(named, ({ hit }) => hit.file);
  for (const [file, uses] of parts) {
    const names = new Set(uses.map(({ name }) => name)).size;
    if (names < MANY_NAMES) continue;
    const verdict = lowered('part of a program', `${file} uses ${names} names that nothing defines: it is run where something does`);
    for (const { hit } of uses) verdicts.set(hit, verdict);
  }
  const compiledHalves = new Set(named.flatMap(({ hit, name }) => (hit.rule.language === 'python' && name.startsWith('_') ? [name] : [])));
  const wrappers = await wrappersOf(compiledHalves, folder, files);
  for (const { hit, name } of named) {
    const wrapper = hit.rule.language === 'python' ? wrappers.get(name) : undefined;
    if (wrapper) verdicts.set(hit, lowered('part of a program', `${wrapper} has SWIG make ${name}, for the module that it makes as well`));
  }
  const manifest = global.length > 0 ? await manifestOf(folder, files) : {};
  const own = typeof manifest.name === 'string' ? manifest.name : '';
  const byName = groupBy(global, ({ hit, name }) => `${hit.rule.language} ${name}`);
  const hasZx = global.some(({ name }) => zxGlobals.has(name)) && (await startsWithZx(folder, files));
  const makers = await globalsMade([...byName.keys()], folder, files);
  const loaded = global.some(({ hit }) => hit.rule.language === 'typescript')
    ? await loadedForEffect(folder, files)
    : new Map<string, string>();
  const strangers = await strangersAmong(
    new Set(global.flatMap(({ hit, name }) => (hit.rule.language === 'typescript' && !verdicts.has(hit) ? [name] : []))),
    reported.filter(({ rule }) => rule.id === 'oxlint/no-undef'),
    { folder, files, manifest },
  );
  for (const [key, uses] of byName) {
    const many = new Set(uses.map(({ hit }) => hit.file)).size;
    const [first] = uses;
    const script = first!.hit.rule.language === 'typescript';
    const maker =
      makers.get(key) ??
      (script && loaded.has(plain(first!.name))
        ? lowered(
            'global of the program',
            `${loaded.get(plain(first!.name))} loads what has that name for what it does, which may be to define it`,
          )
        : undefined) ??
      (script && hasZx && zxGlobals.has(first!.name)
        ? lowered('global of the program', `zx, which runs the scripts here, defines ${first!.name}`)
        : undefined) ??
      (script && own.startsWith('haraka-plugin-') && harakaGlobals.has(first!.name)
        ? lowered('global of the program', `Haraka, which loads the plugin, defines ${first!.name}`)
        : undefined) ??
      (script && isHost(first!.name, own)
        ? lowered('global of the program', `the package (${own}) is called after it: what loads its files may define it`)
        : undefined) ??
      (script && isSection(first!.name, manifest)
        ? lowered('global of the program', `package.json has a part for ${first!.name}, which loads its files and may define it`)
        : undefined) ??
      (script && uses.every(({ hit, name }) => pluginsOf(hit.file) === name)
        ? lowered('global of the program', `what lies in ${first!.name}/ is for ${first!.name}, which may define it`)
        : undefined) ??
      (script && strangers.has(first!.name)
        ? lowered('global of the program', `nothing in the program makes ${first!.name}, or what is called like it: what runs it may`)
        : undefined);
    if (!maker && many < MANY_FILES) continue;
    const verdict = maker ?? lowered('global of the program', `${many} files use the name and none defines it: what runs them may`);
    for (const { hit } of uses) if (verdict.verdict === 'dropped' || !verdicts.has(hit)) verdicts.set(hit, verdict);
  }
  return verdicts;
}

/** By the name of a compiled half, such as `_shop`, the description from which SWIG makes it and the module before it. */
async function wrappersOf(names: ReadonlySet<string>, folder: string, files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of names.size > 0 ? files.filter((each) => each.endsWith('.i')) : []) {
    const module = /^%module(?:[ \t]{0,3}\([^)\n]{0,200}\))?[ \t]+(\w+)/m.exec(await readFile(join(folder, file), 'utf8'))?.[1];
    if (module !== undefined && names.has(`_${module}`)) found.set(`_${module}`, file);
  }
  return found;
}

/**
 * By their plain names without `js` at the end, packages of which nothing is taken (`import 'prismjs'`), or that a page loads from
 * elsewhere (`<script src="https://…/quasar@2.6.6/dist/quasar.js">`), and the first file that loads each.
 */
async function loadedForEffect(folder: string, files: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of files) {
    if (languageOf(file) !== 'typescript' && !/\.(?:svelte|vue|html?)$/.test(file)) continue;
    const text = await readFile(join(folder, file), 'utf8');
    const names = [
      ...text.matchAll(/^[ \t]*(?:import|require\()[ \t]*['"]([a-z][\w.-]{1,60})['"]\)?;?[ \t]*$/gm),
      ...text.matchAll(
        /<script\b[^<>]{0,200}\bsrc=["'](?:https?:)?\/\/[^\s"'<>]{1,300}?\/([A-Za-z][\w-]{1,60})(?:[.@][^\s"'<>/]{0,60})?["']/g,
      ),
    ];
    for (const [, name] of names) {
      const key = plain(name!.replace(/[._-]?js$/, ''));
      if (!found.has(key)) found.set(key, file);
    }
  }
  return found;
}

/** What zx gives to the scripts that it runs, and to all that they load. */
const zxGlobals = new Set(
  '$ argv cd chalk echo fetch fs glob minimist nothrow os path question quiet quote retry sleep spinner stdin which within YAML'.split(' '),
);

/** What plugins of Haraka answer with. */
const harakaGlobals = new Set('CONT STOP DENY DENYSOFT DENYDISCONNECT DENYSOFTDISCONNECT DISCONNECT OK NEXT_HOOK DELAY server'.split(' '));

async function startsWithZx(folder: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    if (languageOf(file) !== 'typescript') continue;
    if (/^#![^\n]*\bzx\b|\bzx\/globals\b/.test(await readFile(join(folder, file), 'utf8'))) return true;
  }
  return false;
}

/** The first file that changes how the standard logging module makes its messages, else the first that takes another one. */
async function ownLogger(folder: string, files: readonly string[]): Promise<{ file: string; forAll: boolean } | null> {
  let other: string | null = null;
  for (const file of files) {
    if (languageOf(file) !== 'python') continue;
    const text = await readFile(join(folder, file), 'utf8');
    if (/\bdef getMessage\b|\bsetLoggerClass\(|\bsetLogRecordFactory\(/.test(text) && /\.format\(/.test(text))
      return { file, forAll: true };
    if (/^\s*(?:import|from) (?:logbook|loguru|structlog|eliot)\b/m.test(text)) other ??= file;
  }
  return other === null ? null : { file: other, forAll: false };
}

/** Classes of the program that are called loggers, and whose messages take a second argument by its name: a colour, say. */
async function loggerClasses(folder: string, files: readonly string[]): Promise<{ name: string; file: string }[]> {
  const found: { name: string; file: string }[] = [];
  for (const file of files) {
    if (languageOf(file) !== 'python') continue;
    const text = await readFile(join(folder, file), 'utf8');
    for (const { 1: name, index } of text.matchAll(/^class (\w*Log\w*)(?:\([^()\n]{0,200}\))?:/gm)) {
      const below = text.slice(text.indexOf('\n', index) + 1);
      const body = below.slice(0, /^\S/m.exec(below)?.index);
      if (/^\s+def (?:debug|info|warn(?:ing)?|error|critical|log)\(\s*self\s*,\s*\w+\s*(?::[^,()\n]{1,60})?,\s*\w/m.test(body))
        found.push({ name: name!, file });
    }
  }
  return found;
}

/** Where the program has two loggers: a message with braces, or a file that does not know the standard one. */
const takesBraces = (text: string, { start }: LocatedHit): boolean =>
  !/^\s*(?:import logging\b|from logging import)/m.test(text) || /\{[\w.!:]*\}/.test(restOfLine(text, start));

/** `nodebb` in `nodebb-theme-persona`: what a program gives to its plugins is called as the program is. */
const isHost = (name: string, own: string): boolean =>
  own !== '' && (plain(name) === plain(own) || (name.length > 2 && isPrefix(name.toLowerCase(), own.replace(/^@[^/]*\//, ''))));

/** `sap` of `sap.ui.unified`, `fis` of `fis3-packager-map`; that `app` is the beginning of `app-store` says nothing. */
const isPrefix = (name: string, own: string): boolean =>
  own.startsWith(name) && (name.length > 3 ? /^\d{0,2}[-.]/ : /^(?:\.|\d{1,2}-)/).test(own.slice(name.length));

/** `codeceptjs` of `plugins/codeceptjs/index.js` */
const pluginsOf = (file: string): string | undefined =>
  /(?:^|\/)(?:plug-?ins?|integrations?|adapters?|add-?ons?|extensions?)\/([^/]+)\//i.exec(file)?.[1];

/** The parts of a package.json that npm itself reads, of which some are called as variables often are. */
const npmSections =
  /^(?:author|bin|browser|bugs|config|directories|(?:dev|peer|optional|bundled?)?dependencies|engines|exports|files|funding|imports|license|man|module|overrides|publishConfig|repository|scripts|types|workspaces)$/i;

/** `"strapi": { "kind": "plugin" }` says what the program that loads the package is to know. */
const isSection = (name: string, manifest: Record<string, unknown>): boolean =>
  !npmSections.test(name) && Object.hasOwn(manifest, name) && typeof manifest[name] === 'object';

async function manifestOf(folder: string, files: readonly string[]): Promise<Record<string, unknown>> {
  if (!files.includes('package.json')) return {};
  return z.record(z.string(), z.unknown()).safeParse(parseJson(await readFile(join(folder, 'package.json'), 'utf8'))).data ?? {};
}

/** What the first file says that assigns each name to the global object, declares it for its page or has gettext install it. Keys are language and name. */
async function globalsMade(keys: readonly string[], folder: string, files: readonly string[]): Promise<Map<string, Verdict>> {
  const made = new Map<string, Verdict>();
  const scripts = keys.filter((key) => key.startsWith('typescript ')).map((key) => escaped(key.slice('typescript '.length)));
  const assignment = new RegExp(
    // In a text that becomes a script, a line may begin before it: `\nwindow.x = `.
    `(?:\\b|\\\\[nrt])(?:global|globalThis|window|self|root)(?:\\.(${scripts.join('|')})|\\[['"](${scripts.join('|')})['"]\\])\\s*=(?!=)`,
    'g',
  );
  const declaration = new RegExp(`^(?:async )?(?:function\\*?|class|const|let|var) (${scripts.join('|')})\\b`, 'gm');
  const ambient = new RegExp(`^declare (?:let|const|var|namespace|function|class|enum) (${scripts.join('|')})\\b`, 'gm');
  const translated = keys.filter((key) => key.startsWith('python '));
  const listed = new RegExp(
    `(?<![\\w$])(${scripts.join('|')})['"]?\\s{0,3}:\\s{0,3}(?:['"](?:readonly|readable|writable|writeable)['"]|true\\b)`,
    'g',
  );
  const filledIn = new RegExp(`(?<![\\w$.])(${scripts.join('|')})['"]?\\s{0,3}:\\s{0,3}JSON\\.stringify\\(`, 'g');
  // One after the other: the texts of a large tree together would be its size.
  for (const file of files) {
    const language = languageOf(file);
    const isSettings = lintSettings.test(file);
    if ((language === 'typescript' || isSettings ? scripts : language === 'python' ? translated : []).length === 0) continue;
    const text = await readFile(join(folder, file), 'utf8');
    if (isSettings)
      for (const [, name] of text.matchAll(listed))
        keep(made, `typescript ${name}`, dropped('global of the program', `${file} says that the name is a global`));
    if (buildSettings.test(file) && /\bDefinePlugin\b|\bdefine\b|\breplace\(/.test(text))
      for (const [, name] of text.matchAll(filledIn))
        keep(made, `typescript ${name}`, dropped('filled in', `${file} has the name filled in when the program is built`));
    if (language === 'typescript') {
      for (const [, plain, quoted] of text.matchAll(assignment)) keep(made, `typescript ${plain ?? quoted}`, amongGlobals(file));
      // What is declared in no module, another program makes.
      if (file.endsWith('.d.ts') && !/^(?:import|export)\b/m.test(text))
        for (const [, name] of text.matchAll(ambient))
          keep(made, `typescript ${name}`, dropped('global of the program', `${file} declares it for all files`));
      // What a script of a page declares, every script of the page sees.
      if (!/^[ \t]*(import|export)\b|\brequire\s*\(|\bmodule\.exports\b/m.test(text))
        for (const [, name] of text.matchAll(declaration))
          keep(made, `typescript ${name}`, lowered('global of the program', `${file}, a script of a page, defines the name`));
    } else if ((/\bgettext\b/.test(text) && /\.install\(/.test(text)) || /\bbuiltins\b[^\n]{0,80}['"._]_\b/.test(text))
      for (const key of translated) keep(made, key, amongGlobals(file));
  }
  return made;
}

/** Where eslint and jshint are told what the program is run with. */
const lintSettings = /(?:^|\/)(?:eslint\.config\.[cm]?[jt]s|\.eslintrc(?:\.(?:[cm]?js|json|ya?ml))?|\.jshintrc)$/;

/** Where a bundler is told what to put in the place of names. */
const buildSettings = /(?:^|\/)(?:webpack|vite|rollup|esbuild|build|rspack|tsup)(?:[.-][\w.-]*)?\.[cm]?[jt]s$/;

const amongGlobals = (file: string): Verdict => dropped('global of the program', `${file} puts the name among the globals`);

function keep(made: Map<string, Verdict>, key: string, verdict: Verdict): void {
  if (!made.has(key)) made.set(key, verdict);
}
