import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clusterFolder } from '../database/embedded-postgres.js';
import { loadSettings, type Settings } from '../settings/load.js';
import { secretNames } from '../settings/secrets.js';
import { acquireOwner } from '../state-folder/owner.js';
import { openStateFolder, type StateFolder, stateFolderPath } from '../state-folder/state-folder.js';
import { createSampleRepository, sampleNames } from './sample-repositories.js';
import { type LocalRegistry, startVerdaccio } from './verdaccio.js';

export interface Demo {
  settings: Settings;
  state: StateFolder;
  registry: LocalRegistry;
  /** Names of real secrets in the environment, which the demo does not use. */
  ignored: string[];
}

interface DemoOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** `--state DIR` */
  folder?: string | undefined;
  cwd: string;
}

/**
 * Sets up what the demo runs on, once: settings, sample repositories with bare origins, a registry on loopback. All of it lies in a
 * state folder of its own; what is there from the last time is gone on with.
 */
export async function prepareDemo({ env, folder, cwd }: DemoOptions): Promise<Demo> {
  const state = openStateFolder({ env, folder: demoFolder({ env, folder, cwd }), cwd });
  const settingsFolder = join(state.root, 'settings');
  const repositories = join(state.root, 'repositories');
  await mkdir(settingsFolder, { recursive: true });
  for (const name of sampleNames) {
    if (existsSync(join(repositories, `${name}.ready`))) continue;
    await rm(join(repositories, name), { recursive: true, force: true });
    await rm(join(repositories, `${name}.git`), { recursive: true, force: true });
    await createSampleRepository(name, repositories);
    await writeFile(join(repositories, `${name}.ready`), '');
  }
  await writeOnce(join(settingsFolder, 'mahavishnu.yaml'), stringify(demoSettings));
  const repos = sampleNames.map((name) => ({
    name,
    path: join(repositories, `${name}.git`),
    tags: ['sample'],
    description: descriptions[name],
  }));
  await writeOnce(join(settingsFolder, 'repos.yaml'), stringify({ allowed_folders: [repositories], repos }));

  const registry = await startVerdaccio({ folder: join(state.root, 'registry') });
  const settings = loadSettings({
    env: {
      ...withoutSecrets(env),
      NPM_TOKEN: 'demo-token-of-the-local-registry',
      MAHAVISHNU_RELEASE__REGISTRIES__NPM__URL: registry.url,
      MAHAVISHNU_RELEASE__REGISTRIES__NPM__TOKEN_FROM: 'NPM_TOKEN',
    },
    folder: settingsFolder,
    cwd,
  });
  return { settings, state, registry, ignored: secretNames.filter((name) => env[name] || env[`${name}_FILE`]) };
}

/** Removes all traces of earlier demos. Refuses while one is running. */
export async function resetDemo({ env, folder, cwd }: DemoOptions): Promise<string> {
  const root = stateFolderPath({ env, folder: demoFolder({ env, folder, cwd }), cwd });
  if (!existsSync(root)) return root;
  const ownership = await acquireOwner(root);
  await rm(await clusterFolder(root), { recursive: true, force: true });
  ownership.release();
  await rm(root, { recursive: true, force: true });
  return root;
}

/** Beside the bot's own state folder, never in it. */
function demoFolder({ env, folder, cwd }: DemoOptions): string {
  return folder ?? `${stateFolderPath({ env, cwd })}-demo`;
}

const descriptions = {
  'shop-api': 'Orders, prices and stock of a small shop (TypeScript and JavaScript)',
  'ledger-py': 'A double-entry ledger (Python)',
};

const demoSettings = {
  approvals: {
    version_bump: { approvers: ['@release-team'], four_eyes: true },
    publish: { approvers: ['@release-team'], four_eyes: true },
    high_risk_fix: { approvers: ['@release-team'], four_eyes: true },
  },
};

async function writeOnce(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

function withoutSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const secret = new Set(secretNames.flatMap((name) => [name, `${name}_FILE`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}
