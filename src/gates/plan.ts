import type { PolicyCommand, RepositoryPolicy } from '../repos/policy.js';
import { defaultTimeouts, type Tree } from './detect.js';
import { detectNode } from './detect-node.js';
import { detectCompiled, detectHooks, detectMake } from './detect-others.js';
import { detectPython } from './detect-python.js';
import { type GateCommand, type GatePlan, type GateStage, gateStages } from './gate.js';
import { createToolExists, type ToolExists } from './tool-exists.js';

export interface PlanParts {
  /** Files of the base commit, relative to its root. */
  listFiles(): Promise<readonly string[]>;
  readFile(path: string): Promise<string | null>;
  policy: RepositoryPolicy;
  toolExists?: ToolExists;
}

/** What would run in this repository, and why: a stage its own file names is taken from there, the others are detected (GT-6). */
export async function planGates({ listFiles, readFile, policy, toolExists = createToolExists() }: PlanParts): Promise<GatePlan> {
  const tree: Tree = { files: new Set(await listFiles()), readFile, toolExists };
  const [hooks, node, python, compiled, make] = await Promise.all([
    detectHooks(tree),
    detectNode(tree),
    detectPython(tree),
    detectCompiled(tree),
    detectMake(tree),
  ]);
  // What pre-commit runs has the versions the repository pinned; the same tool at another version would contradict it.
  const hooked = hooks.commands.some(({ name }) => name === 'pre-commit' || name === 'crackerjack');
  const detected = [
    ...hooks.commands,
    ...node.commands,
    ...(hooked ? python.commands.filter(({ stage }) => stage !== 'fast') : python.commands),
    ...compiled.commands,
  ];

  const commands: GateCommand[] = [];
  const missing: GatePlan['missing'] = [];
  for (const stage of gateStages) {
    const own = policy.gates[stage];
    const found = own ? fromPolicy(stage, own) : of(stage, detected).length > 0 ? of(stage, detected) : of(stage, make.commands);
    commands.push(...found);
    if (found.length === 0) missing.push({ stage, why: own ? `.mahavishnu.yaml lists no command for ${stage}` : nothingFound[stage] });
  }
  return {
    commands: uniqueNames(commands),
    setup: setupOf(policy, node.setup, python.setup),
    missing,
    blocking: policy.comprehensiveBlocks ? [...gateStages] : ['fast', 'tests'],
    coverageMayFallBy: policy.coverageMayFallBy,
  };
}

const nothingFound: Record<GateStage, string> = {
  fast: 'no formatter or linter was found; name one under gates.fast in .mahavishnu.yaml',
  tests: 'no test command was found; name one under gates.tests in .mahavishnu.yaml',
  comprehensive: 'no check of types, security or dead code was found',
};

const of = (stage: GateStage, commands: readonly GateCommand[]) => commands.filter((entry) => entry.stage === stage);

function fromPolicy(stage: GateStage, entries: readonly PolicyCommand[]): GateCommand[] {
  return entries.map(({ name, timeoutMs, ...entry }) => ({
    ...entry,
    stage,
    name: name ?? nameOf(entry.run, stage),
    timeoutMs: timeoutMs ?? defaultTimeouts[stage],
    why: '.mahavishnu.yaml',
  }));
}

/** `npx biome check .` → `biome`, `npm run lint` → `lint`. */
function nameOf(line: string, stage: GateStage): string {
  if (stage === 'tests') return 'tests';
  const words = line.split(/\s+/).filter((word) => !word.startsWith('-') && !word.includes('='));
  const carriers = new Set(['npx', 'npm', 'pnpm', 'yarn', 'bun', 'run', 'exec', 'uv', 'poetry', 'python', 'python3', 'make', 'bunx']);
  const word = words.find((candidate) => !carriers.has(candidate)) ?? words[0] ?? stage;
  return word.split('/').at(-1)?.slice(0, 40) || stage;
}

function setupOf(policy: RepositoryPolicy, ...found: GatePlan['setup'][]): GatePlan['setup'] {
  if (policy.setup) return { ...policy.setup, why: '.mahavishnu.yaml' };
  const [first, second] = found.filter((setup) => setup !== null);
  if (!first || !second) return first ?? null;
  // One tree of two languages: both are installed, and neither lock file alone says that the other is unchanged.
  return {
    run: `${first.run} && ${second.run}`,
    key: [first.key, second.key].filter((key) => key !== null).join('\n') || null,
    keep: [...first.keep, ...second.keep],
    why: `${first.why}; ${second.why}`,
  };
}

/** People and result rows tell gates apart by stage and name. */
function uniqueNames(commands: readonly GateCommand[]): GateCommand[] {
  const seen = new Map<string, number>();
  return commands.map((entry) => {
    const key = `${entry.stage}/${entry.name}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? entry : { ...entry, name: `${entry.name} ${count}` };
  });
}
