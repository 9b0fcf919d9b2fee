import { tmpdir } from 'node:os';
import semver from 'semver';
import { ToolMissing } from '../../errors.js';
import { runProcess } from '../../process/runner.js';
import { shorten } from '../text.js';
import { type Check, failed, fine, warning } from './check.js';

const oldestNode = '20.19.0';
const oldestGit = '2.31.0';

/** What has to be on this machine. */
export async function checkPrograms(): Promise<Check[]> {
  return [checkNode(), await checkGit(), await checkNpm()];
}

function checkNode(): Check {
  const version = process.versions.node;
  return semver.gte(version, oldestNode)
    ? fine('node', version)
    : failed('node', `${version} is too old`, `Install Node ${oldestNode} or newer.`);
}

async function checkGit(): Promise<Check> {
  const version = await versionOf('git');
  if (version === null) return failed('git', 'is not on PATH', 'Install git, or add its folder to PATH.');
  const number = semver.coerce(version);
  if (number && semver.lt(number, oldestGit)) return warning('git', `${version} is old`, `Install git ${oldestGit} or newer.`);
  return fine('git', version);
}

async function checkNpm(): Promise<Check> {
  const version = await versionOf('npm');
  return version === null
    ? warning(
        'npm',
        'is not on PATH',
        'Without it the gates of JavaScript repositories are unknown, so they block, and nothing is published to npm.',
      )
    : fine('npm', version);
}

/** The program's own answer: a name on PATH may be a version manager's shim with nothing behind it. */
async function versionOf(command: string): Promise<string | null> {
  try {
    const { exitCode, stdout } = await runProcess({ command, args: ['--version'], cwd: tmpdir(), timeoutMs: 20_000 });
    return exitCode === 0 ? shorten(stdout, 60) : null;
  } catch (error) {
    if (error instanceof ToolMissing) return null;
    throw error;
  }
}
