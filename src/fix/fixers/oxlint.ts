import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runProcess } from '../../process/runner.js';
import { whyUnusable } from '../../review/analyzers/outcome.js';
import { oxlintProgram, writeOxlintConfiguration } from '../../review/analyzers/oxlint.js';
import { oxlintFixable, oxlintName } from '../../review/rules/oxlint.js';
import { withoutTraces } from './edits.js';
import { type Fixer, FixFailed } from './fixer.js';
import { openSourceFile } from './source-file.js';

const TIMEOUT_MS = 60_000;

/** Oxlint's fixes and suggestions for the rules listed in the table, one rule in one file at a time. */
export const oxlintFixer: Fixer = {
  name: 'oxlint',
  canFix: ({ fixer, rule }) => fixer === 'oxlint' && rule.startsWith('oxlint/') && oxlintFixable(codeOf(rule)),
  async fix({ folder, finding, signal }) {
    const code = codeOf(finding.rule);
    const name = oxlintFixable(code) ? oxlintName(code) : null;
    if (name === null) throw new FixFailed(`oxlint does not fix ${finding.rule}`);
    const source = await openSourceFile(folder, finding.file);
    const text = await fixCopy(source.text, finding.file, name, signal);
    if (text === source.text) throw new FixFailed(`oxlint found nothing to change in ${finding.file}`);
    await source.write(text);
    return { changedFiles: [finding.file], summary: `${finding.title}: oxlint applied its fix of ${name} in ${finding.file}` };
  },
};

const codeOf = (rule: string): string => rule.slice('oxlint/'.length);

/** Oxlint writes in place, so it gets a copy, alone in a folder: what it changes besides cannot reach the worktree. */
async function fixCopy(text: string, file: string, name: string, signal: AbortSignal | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mahavishnu-oxlint-'));
  try {
    const copy = join(folder, basename(file));
    await writeFile(copy, text);
    const setUp = await writeOxlintConfiguration(folder, [name]);
    const result = await runProcess({
      command: process.execPath,
      args: [oxlintProgram, ...setUp, '--no-ignore', '--fix', '--fix-suggestions', '-f', 'json', `./${basename(file)}`],
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    const reason = whyUnusable('oxlint', result, TIMEOUT_MS, [0, 1]);
    if (reason !== null) throw new FixFailed(reason);
    return withoutTraces(text, await readFile(copy, 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
