import { tmpdir } from 'node:os';
import { ToolMissing } from '../errors.js';
import { runProcess } from '../process/runner.js';

export type ToolExists = (tool: string) => Promise<boolean>;

/** Asks each program once whether it starts. Looking on PATH is not enough: a version manager's shim is there also for what is not installed. */
export function createToolExists(): ToolExists {
  const asked = new Map<string, Promise<boolean>>();
  return (tool) => {
    const known = asked.get(tool);
    if (known) return known;
    const answer = starts(tool);
    asked.set(tool, answer);
    return answer;
  };
}

async function starts(tool: string): Promise<boolean> {
  try {
    const { exitCode } = await runProcess({
      command: tool,
      args: ['--version'],
      cwd: tmpdir(),
      timeoutMs: 20_000,
      maxOutputBytes: 64 * 1024,
    });
    return exitCode !== null && exitCode !== 126 && exitCode !== 127;
  } catch (error) {
    if (error instanceof ToolMissing) return false;
    throw error;
  }
}
