import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { entryPoint } from '../../../src/process/entry-point.js';
import type { AnalyzeRequest } from '../../../src/review/analyze.js';
import { engineFlags } from '../../../src/review/analyzers/in-child.js';
import { jscpdOptions, jscpdProgram } from '../../../src/review/analyzers/jscpd.js';
import { oxlintProgram, writeOxlintConfiguration } from '../../../src/review/analyzers/oxlint.js';
import { takeInventory } from '../../../src/review/inventory.js';
import { isSupportFile, languageOf } from '../../../src/review/languages.js';
import { oxlintName } from '../../../src/review/rules/oxlint.js';
import { childRule } from '../../../src/review/rules/pack.js';
import { pyrightName } from '../../../src/review/rules/pyright.js';
import { ruleTable } from '../../../src/review/rules/table.js';

interface Command {
  args: string[];
  cwd: string;
  /** A file for its standard input. */
  input: string | null;
}

/**
 * The floor of a review: the same six analyzers with the same rules on the same files, all started at once, as processes whose
 * output goes to a file. The three that are libraries run in the bot's own child program, for they have no program of their own
 * (ast-grep's names of functions, which only fingerprints need, are left out). No checkout, no inventory, no reading of what they
 * print, no merging, no fingerprints, nothing stored. At the same priority as the bot's children, so that whatever else this
 * machine does weighs on both alike. Prepared once, outside of the time that is taken.
 */
export async function prepareBareReview(folder: string, scratch: string): Promise<() => Promise<number>> {
  await mkdir(scratch, { recursive: true });
  const table = await ruleTable();
  const { files } = await takeInventory(folder);
  const python = files.filter((file) => languageOf(file) === 'python');
  const script = files.filter((file) => languageOf(file) === 'typescript');
  const rulesOf = (tool: string) => table.rules.filter((rule) => rule.tool === tool);
  const commands: Command[] = [];

  const library = async (request: AnalyzeRequest) => {
    const input = join(scratch, `${request.analyzer}.json`);
    await writeFile(input, JSON.stringify(request));
    commands.push({ args: [...engineFlags(request.analyzer, request.files.length), entryPoint('review/analyze')], cwd: scratch, input });
  };
  if (python.length > 0) {
    const project = join(scratch, 'pyrightconfig.json');
    await writeFile(
      project,
      JSON.stringify({
        include: python.map((file) => relative(scratch, join(folder, file))),
        typeCheckingMode: 'basic',
        reportMissingImports: false,
        reportMissingModuleSource: false,
        ...Object.fromEntries(rulesOf('pyright').map(({ code }) => [pyrightName(code), 'error'])),
        executionEnvironments: [{ root: relative(scratch, folder) }],
      }),
    );
    const program = join(dirname(createRequire(import.meta.url).resolve('pyright/package.json')), 'index.js');
    commands.push({
      args: [...engineFlags('pyright', python.length), program, '-p', project, '--outputjson', '--pythonpath', join(scratch, 'no-python')],
      cwd: scratch,
      input: null,
    });
  }
  const pack = table.pack.map(childRule);
  await library({ analyzer: 'ast-grep', folder, files: [...python, ...script], rules: pack, scopes: false, acrossFiles: true });
  await library({ analyzer: 'secretlint', folder, files: [...files] });
  if (python.length > 0) {
    const select = rulesOf('ruff').map(({ code }) => code);
    await library({ analyzer: 'ruff', folder, files: python, select: select.filter((code) => code !== 'invalid-syntax') });
  }
  if (script.length > 0) {
    const options = await writeOxlintConfiguration(
      scratch,
      rulesOf('oxlint').flatMap(({ code }) => oxlintName(code) ?? []),
    );
    const args = [oxlintProgram, ...options, '--no-ignore', '-f', 'json', ...script.map((file) => `./${file}`)];
    commands.push({ args, cwd: folder, input: null });
  }
  const compared = [...python, ...script].filter((file) => !isSupportFile(file) && !file.endsWith('.pyi'));
  if (compared.length > 0) {
    const config = join(scratch, 'jscpd.json');
    await writeFile(config, '{}');
    commands.push({
      args: [jscpdProgram(), ...jscpdOptions(config, scratch), ...compared.map((file) => `./${file}`)],
      cwd: folder,
      input: null,
    });
  }
  return async () => {
    const began = performance.now();
    await Promise.all(commands.map((command, at) => run(command, join(scratch, `output-${at}`))));
    return performance.now() - began;
  };
}

function run({ args, cwd, input }: Command, output: string): Promise<void> {
  const stdin = input === null ? null : openSync(input, 'r');
  const stdout = openSync(output, 'w');
  const child = spawn(process.execPath, args, { cwd, stdio: [stdin ?? 'ignore', stdout, 'ignore'] });
  if (child.pid !== undefined) setPriority(child.pid, childPriority);
  if (stdin !== null) closeSync(stdin);
  closeSync(stdout);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // 1 is how oxlint and pyright say that they found something.
    child.once('close', (code) =>
      code === 0 || code === 1 ? resolve() : reject(new Error(`${args.join(' ').slice(0, 200)} ended with ${code}`)),
    );
  });
}

/** As the runner's own. */
const childPriority = Math.min(constants.priority.PRIORITY_LOW, 10);
