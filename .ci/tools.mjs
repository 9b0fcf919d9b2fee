// Installs the programs that reviews use when they find them, which are no dependencies of ours, into the user's cache, once per set of
// versions: their tests run the real ones. Without a Python 3 the Python ones are left out, and their tests say so.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const packages = {
  python: ['bandit==1.9.4', 'mypy==2.4.1', 'zizmor==1.32.0'],
  node: ['publint@0.3.25', 'knip@6.44.2', 'dependency-cruiser@17.4.3'],
};

/** Where the programs of a kind are, as a folder of PATH. */
export function toolsFolder(kind) {
  return join(homeOf(kind), 'bin');
}

function homeOf(kind) {
  const name = `${kind}-${createHash('sha256').update(JSON.stringify(packages[kind])).digest('hex').slice(0, 12)}`;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mahavishnu', 'tools', name);
}

export const hasPython = () => spawnSync('python3', ['-m', 'venv', '--help'], { stdio: 'ignore' }).status === 0;

function install(kind) {
  const home = homeOf(kind);
  if (existsSync(join(home, 'complete'))) return;
  const started = performance.now();
  rmSync(home, { recursive: true, force: true });
  mkdirSync(dirname(home), { recursive: true });
  // Programs of a virtual environment name its folder, so it is made where it stays; the mark says that it is whole.
  if (kind === 'python') {
    run('python3', '-m', 'venv', home);
    run(join(home, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages.python);
  } else {
    run('npm', 'install', '--global', '--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', ...packages.node);
  }
  mkdirSync(join(home, 'complete'));
  process.stdout.write(`${packages[kind].join(' ')} installed in ${Math.round((performance.now() - started) / 1000)} s\n`);
}

function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  install('node');
  if (hasPython()) install('python');
  else process.stdout.write('There is no Python 3 with venv: bandit, mypy and zizmor are not tested against the real programs.\n');
}
