import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { gateStages } from '../gates/gate.js';
import { planGates } from '../gates/plan.js';
import { git } from '../git/git.js';
import { createClones } from '../repos/clones.js';
import { createContents } from '../repos/contents.js';
import { readRepositoryPolicy } from '../repos/policy.js';
import { isUrl, type Repo } from '../repos/source.js';
import { globalOptions, print, printJson, settingsOf } from './context.js';
import { wrap } from './report.js';
import { findTarget } from './target.js';
import { oneLine, signs, widthOf } from './text.js';

export function registerGates(program: Command, args: readonly string[]): void {
  const gates = program.command('gates').description('quality gates');
  gates
    .command('show')
    .description('what would run in a repository, and why')
    .argument('<path|repo>', 'folder of a git repository, or a name from settings/repos.yaml')
    .action(async (asked: string, _: object, command: Command) => {
      const { repo } = await findTarget(asked, { settings: settingsOf(command), args });
      const found = await withContents(repo, async ({ commit, ...files }) => {
        const policy = await readRepositoryPolicy(files.readFile);
        return { commit, policy, plan: await planGates({ ...files, policy }) };
      });
      if (globalOptions(command).json) printJson(toJson(repo.name, found));
      else print(toText(repo.name, found).join('\n'));
    });
}

interface Contents {
  commit: string;
  listFiles(): Promise<string[]>;
  readFile(path: string): Promise<string | null>;
}

/** A local repository is read where it is; one at an address is cloned for the time of the question. */
async function withContents<T>(repo: Repo, work: (contents: Contents) => Promise<T>): Promise<T> {
  if (!isUrl(repo.source)) {
    const read = createContents((_, args, options) => git(['-c', 'safe.directory=*', ...args], { cwd: repo.source, ...options }));
    const commit = (await git(['-c', 'safe.directory=*', 'rev-parse', '--verify', 'HEAD^{commit}'], { cwd: repo.source })).trim();
    return work({ commit, listFiles: () => read.listFilesAt(repo, commit), readFile: (path) => read.readFileAt(repo, commit, path) });
  }
  const root = await mkdtemp(join(tmpdir(), 'mahavishnu-gates-'));
  try {
    const clones = createClones({ root });
    await clones.refresh(repo);
    const { commit } = await clones.pin(repo);
    return await work({
      commit,
      listFiles: () => clones.listFilesAt(repo, commit),
      readFile: (path) => clones.readFileAt(repo, commit, path),
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Found {
  commit: string;
  policy: Awaited<ReturnType<typeof readRepositoryPolicy>>;
  plan: Awaited<ReturnType<typeof planGates>>;
}

function toText(name: string, { commit, plan }: Found): string[] {
  const width = widthOf(process.stdout);
  const { setup, commands, missing, blocking } = plan;
  return [
    `${oneLine(name)} · gates at commit ${commit.slice(0, 7)}`,
    ...(setup ? [`set-up   ${oneLine(setup.run)}`, `         why: ${oneLine(setup.why)}`] : ['set-up   none']),
    ...gateStages.flatMap((stage) => {
      const blocks = blocking.includes(stage);
      const rows = commands
        .filter((command) => command.stage === stage)
        .flatMap(({ name: gate, run, fix, report, coverage, why, unavailable }) => [
          ...wrap(`  ${unavailable ? signs.look : signs.done} ${oneLine(gate)}: ${oneLine(run)}`, width),
          `      why: ${oneLine(why)}`,
          ...(fix ? [`      fix: ${oneLine(fix)}`] : []),
          ...(report ? [`      report: ${oneLine(report)}`] : []),
          ...(coverage ? [`      coverage: ${oneLine(coverage)}`] : []),
          ...(unavailable ? [`      ${oneLine(unavailable)}: unknown${blocks ? ', so it blocks' : ''}`] : []),
        ]);
      const gaps = missing
        .filter((gap) => gap.stage === stage)
        .flatMap(({ why }) =>
          wrap(`  ${blocks ? signs.look : signs.waiting} nothing: ${oneLine(why)}${blocks ? '; unknown, so it blocks' : ''}`, width),
        );
      return [`${stage} (${blocks ? 'blocks' : 'reports only'})`, ...rows, ...gaps];
    }),
    `coverage may fall by ${plan.coverageMayFallBy === null ? 'what gates.coverage_may_fall_by in the settings allows' : `${plan.coverageMayFallBy} points`}`,
  ];
}

function toJson(name: string, { commit, policy, plan }: Found) {
  return {
    repository: name,
    commit,
    policy_file: policy.present,
    setup: plan.setup,
    commands: plan.commands.map(({ timeoutMs, unavailable, ...command }) => ({
      ...command,
      timeout_ms: timeoutMs,
      unavailable: unavailable ?? null,
      blocks: plan.blocking.includes(command.stage),
    })),
    missing: plan.missing.map((gap) => ({ ...gap, blocks: plan.blocking.includes(gap.stage) })),
    blocking: plan.blocking,
    coverage_may_fall_by: plan.coverageMayFallBy,
  };
}
