// Installs the packages of the LLM engines, which are no dependencies of ours (837 MB together), into the user's cache, once per version.
// Their tests run the real programs against a scripted server on loopback: no key, no other network.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const packages = {
  claude: { name: '@anthropic-ai/claude-agent-sdk', version: '0.3.329' },
  codex: { name: '@openai/codex-sdk', version: '0.163.0' },
};

export function engineFolder(engine) {
  const { version } = packages[engine];
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mahavishnu', 'engines', `${engine}-${version}`);
}

export function isInstalled(engine) {
  return existsSync(join(engineFolder(engine), 'node_modules', packages[engine].name, 'package.json'));
}

function install(engine) {
  const folder = engineFolder(engine);
  if (isInstalled(engine)) return;
  const { name, version } = packages[engine];
  const begun = `${folder}.${process.pid}`;
  mkdirSync(begun, { recursive: true });
  writeFileSync(join(begun, 'package.json'), '{"private":true}\n');
  const started = performance.now();
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', `${name}@${version}`];
  const { status } = spawnSync('npm', args, { cwd: begun, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${name}@${version} could not be installed`);
  // Whole or not at all: two that install at once do not see each other's half.
  rmSync(folder, { recursive: true, force: true });
  renameSync(begun, folder);
  process.stdout.write(`${name}@${version} installed in ${Math.round((performance.now() - started) / 1000)} s\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) for (const engine of Object.keys(packages)) install(engine);
