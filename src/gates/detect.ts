import type { GateCommand, GatePlan, GateStage } from './gate.js';
import type { ToolExists } from './tool-exists.js';

/** What the detectors look at: the files of one commit. */
export interface Tree {
  /** Paths relative to the root, with forward slashes. */
  files: ReadonlySet<string>;
  readFile(path: string): Promise<string | null>;
  toolExists: ToolExists;
}

export interface Detected {
  commands: GateCommand[];
  setup: GatePlan['setup'];
}

export const nothing: Detected = { commands: [], setup: null };

const minutes = 60_000;
export const defaultTimeouts: Record<GateStage, number> = { fast: 5 * minutes, tests: 20 * minutes, comprehensive: 15 * minutes };

/** A command with the defaults of its stage; `tool`, when given, has to start on this machine. */
export async function command(
  tree: Tree,
  entry: Omit<GateCommand, 'timeoutMs' | 'unavailable'> & { tool?: string | undefined },
): Promise<GateCommand> {
  const { tool, ...rest } = entry;
  const result: GateCommand = { ...rest, timeoutMs: defaultTimeouts[entry.stage] };
  if (tool !== undefined && !(await tree.toolExists(tool))) result.unavailable = `${tool} is not installed on this machine`;
  return result;
}
