import { DBOS } from '@dbos-inc/dbos-sdk';
import type { ApprovalOption, ApprovalShown } from '../../approvals/approval.js';
import type { Run } from '../../bot.js';
import { InvalidRequest } from '../../errors.js';
import { pushTarget } from '../../fix/handover.js';
import { commitSource, type ReleasePackage, readReleasePackage } from '../../release/bump.js';
import {
  digests,
  dryPublishNpm,
  type NpmTarget,
  npmOwnRegistry,
  packNpm,
  publishNpm,
  readNpmRegistry,
  type Tarball,
} from '../../release/npm.js';
import { publishByCommand } from '../../release/publish-by-command.js';
import type { Repo } from '../../repos/source.js';
import type { Settings } from '../../settings/load.js';
import { loadArtefact, saveArtefact } from '../artefacts.js';
import { policyAt } from '../gates-of.js';
import type { WorkflowParts } from '../parts.js';
import { repositoryOf, requireRun } from '../run-of.js';
import { cancelSignal, step } from '../steps.js';

export type PublishShown = Extract<ApprovalShown, { type: 'publish' }>;
export type Prepared =
  | { possible: true; shown: PublishShown; options: ApprovalOption[]; targets: string[] }
  | { possible: false; why: string };

interface Release {
  runId: string;
  version: string;
  commit: string;
}

/** Packs the released commit and asks the registries what they have: what the approver sees is exactly what will be published. */
export function registerPreparePublication(parts: WorkflowParts) {
  return DBOS.registerWorkflow(
    (release: Release & { branch: string }): Promise<Prepared> => step('prepare', () => prepare(parts, release)),
    { name: 'prepare-publication', maxRecoveryAttempts: 20 },
  );
}

async function prepare(parts: WorkflowParts, { runId, branch, version, commit }: Release & { branch: string }): Promise<Prepared> {
  const { settings } = parts;
  const run = await requireRun(parts, runId);
  const repo = await releasedRepository(parts, run, commit);
  const policy = await policyAt(parts, repo, commit);
  const wanted = policy.release?.publish ?? [];
  if (wanted.length === 0) return { possible: false, why: 'the repository names no registry in .mahavishnu.yaml' };
  const released = await packageAt(parts, repo, commit);

  const targets: string[] = [];
  const registry: string[] = [];
  const artefacts: PublishShown['artefacts'] = [];
  let dry = 'not available for a publish command';
  for (const name of wanted) {
    const configured = registryOf(settings(), name);
    if (!configured) {
      registry.push(`${name}: not configured in settings (release.registries.${name}), so it cannot be chosen`);
    } else if (configured.kind === 'command') {
      targets.push(name);
      registry.push(`${name}: by the command in the settings`);
    } else if (released.kind !== 'npm' || released.private) {
      registry.push(
        `${name}: ${released.private ? `${released.name} is private` : `${released.name} is not an npm package`}, so it cannot be chosen`,
      );
    } else {
      const tarball = await pack(parts, repo, runId, commit);
      const target = await npmTarget(settings(), configured);
      const { latest } = await readNpmRegistry(tarball.name, target);
      const refused = await dryPublishNpm(tarball, target);
      targets.push(name);
      registry.push(latest === null ? `${name}: ${tarball.name} is not there yet` : `${name}: ${latest} is latest`);
      artefacts.push({ name: tarball.fileName, bytes: tarball.bytes.length, sha256: tarball.sha256 });
      dry = refused === null ? '✓' : `✗ ${refused}`;
    }
  }
  if (targets.length === 0) return { possible: false, why: registry.join('; ') };
  const options = targets.map((name) => ({
    value: name,
    label: name,
    description: `Publish ${released.name} ${version} to ${name}.`,
    recommended: targets.length === 1,
  }));
  const all = {
    value: 'all',
    label: targets.join(' and '),
    description: `Publish ${released.name} ${version} to all of them.`,
    recommended: true,
  };
  return {
    possible: true,
    targets,
    options: [
      ...(targets.length > 1 ? [all] : []),
      ...options,
      { value: 'skip', label: 'Skip', description: 'The tag stays, nothing is published.', recommended: false },
    ],
    shown: {
      type: 'publish',
      repository: run.repository,
      branch,
      commit,
      version,
      package: released.name,
      artefacts,
      registry,
      dryPublication: dry,
    },
  };
}

/** Publishes to one target. A publication that died half way finds what is there already and publishes nothing twice (RL-3). */
export function registerPublish(parts: WorkflowParts) {
  return DBOS.registerWorkflow(
    async ({ target, ...release }: Release & { target: string }): Promise<void> => {
      const done = await step('publish', () => publish(parts, release, target));
      await step('tell-published', () => parts.runs.append(release.runId, `published:${target}`, { type: 'published', target, ...done }));
    },
    { name: 'publish', maxRecoveryAttempts: 20 },
  );
}

async function publish(parts: WorkflowParts, { runId, version, commit }: Release, target: string) {
  const { clones, settings } = parts;
  const repo = await releasedRepository(parts, await requireRun(parts, runId), commit);
  const configured = registryOf(settings(), target);
  if (!configured) throw new InvalidRequest(`The registry "${target}" is no longer in the settings. Put it back and retry.`);
  const released = await packageAt(parts, repo, commit);
  if (configured.kind === 'npm') {
    const bytes = await loadArtefact(parts, runId, 'package');
    const tarball: Tarball = { name: released.name, version, fileName: 'package.tgz', bytes, files: 0, ...digests(bytes) };
    const { name, where, already } = await publishNpm(tarball, await npmTarget(settings(), configured));
    return { name, version, where, already };
  }
  const tree = await clones.checkout({ repo, commit, run: runId, id: `publish-${target}` });
  try {
    const secret = configured.tokenFrom;
    const value = secret ? settings().secrets.get(secret) : undefined;
    const { already } = await publishByCommand({
      command: configured.publishCommand ?? '',
      checkCommand: configured.checkCommand,
      folder: tree.folder,
      name: released.name,
      version,
      commit,
      token: secret && value ? { name: secret, value } : null,
      timeoutMs: configured.timeout,
    });
    return { name: released.name, version, where: configured.url ?? target, already };
  } finally {
    await tree.remove();
  }
}

/** With the release commit in its clone, which only the remote it was pushed to is sure to have. */
async function releasedRepository(parts: WorkflowParts, run: Run, commit: string): Promise<Repo> {
  const repo = await repositoryOf(parts, run);
  await parts.clones.ensure({ ...repo, source: await pushTarget(repo) }, commit, { signal: cancelSignal() });
  return repo;
}

async function packageAt({ clones }: WorkflowParts, repo: Repo, commit: string): Promise<ReleasePackage> {
  const policy = await policyAt({ clones }, repo, commit);
  return readReleasePackage(commitSource(clones.cloneOf(repo), commit, policy.release?.bump ?? []));
}

/** The bytes that are shown, approved and published are the ones kept here. */
async function pack(parts: WorkflowParts, repo: Repo, runId: string, commit: string): Promise<Tarball> {
  const tree = await parts.clones.checkout({ repo, commit, run: runId, id: 'pack' });
  try {
    const released = await packageAt(parts, repo, commit);
    const tarball = await packNpm(released.folder === '.' ? tree.folder : `${tree.folder}/${released.folder}`);
    await saveArtefact(parts, runId, 'package', Buffer.from(tarball.bytes));
    return tarball;
  } finally {
    await tree.remove();
  }
}

type Registry = Settings['release']['registries']['npm'];

function registryOf({ release }: Settings, name: string): Registry | undefined {
  const registries: Partial<Record<string, Registry>> = release.registries;
  return registries[name];
}

async function npmTarget({ secrets }: Settings, { url, tokenFrom, timeout }: Registry): Promise<NpmTarget> {
  return { registry: url ?? (await npmOwnRegistry()), token: tokenFrom ? secrets.get(tokenFrom) : undefined, timeoutMs: timeout };
}
