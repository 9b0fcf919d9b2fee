import { runProcess, shell } from '../process/runner.js';
import { redact } from '../security/redact.js';
import { ReleaseFault } from './fault.js';

export interface CommandPublication {
  /** As the settings write it; never from a repository. */
  command: string;
  /** Exit code 0: this version is already published, so the command must not run again. */
  checkCommand: string | null;
  /** A clean checkout of the released commit. */
  folder: string;
  name: string;
  version: string;
  commit: string;
  /** The one secret of this registry, under its own name. */
  token: { name: string; value: string } | null;
  timeoutMs: number;
}

/** Publishes with a configured command, for registries that have no adapter (RL-3). Returns the redacted end of its output. */
export async function publishByCommand(request: CommandPublication): Promise<{ already: boolean; output: string }> {
  if (request.checkCommand !== null) {
    const check = await run(request.checkCommand, request);
    if (check.exitCode === 0) return { already: true, output: check.output };
  }
  const result = await run(request.command, request);
  if (result.exitCode === 0) return { already: false, output: result.output };
  const how = result.timedOut ? 'took too long' : `ended with exit code ${result.exitCode ?? 'none'}`;
  throw new ReleaseFault(`The publish command ${how}: ${result.output.split('\n').slice(-5).join(' ').slice(0, 500)}`);
}

async function run(line: string, { folder, name, version, commit, token, timeoutMs }: CommandPublication) {
  const result = await runProcess({
    ...shell(line),
    cwd: folder,
    env: { RELEASE_NAME: name, RELEASE_VERSION: version, RELEASE_COMMIT: commit, ...(token ? { [token.name]: token.value } : {}) },
    timeoutMs,
    maxOutputBytes: 64 * 1024,
  });
  const raw = `${result.stdout}\n${result.stderr}`.trim();
  return { ...result, output: redact(token ? raw.replaceAll(token.value, '[redacted]') : raw) };
}
