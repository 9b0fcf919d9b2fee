import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { crashPoint } from '../engine/crash-points.js';
import { InvalidRequest, isBotError, ServiceUnavailable } from '../errors.js';
import { type ProcessResult, runProcess } from '../process/runner.js';
import { redact } from '../security/redact.js';
import { ReleaseFault } from './fault.js';
import { readPackageJson } from './manifests.js';

export interface Tarball {
  name: string;
  version: string;
  fileName: string;
  bytes: Uint8Array;
  files: number;
  sha256: string;
  /** What registries answer: SHA-1 in hexadecimal, and `sha512-…`. */
  shasum: string;
  integrity: string;
}

export interface NpmTarget {
  /** An address from the settings, never one that a repository names: the token goes there. */
  registry: string;
  token: string | undefined;
  tag?: string;
  timeoutMs: number;
}

export interface NpmPublication {
  name: string;
  version: string;
  where: string;
  /** It was there before, with the same bytes. */
  already: boolean;
}

const Packed = z.array(z.object({ name: z.string(), version: z.string(), filename: z.string(), entryCount: z.number() })).length(1);

/** The registry that npm itself comes with; what the bot's account or the repository configured plays no part. */
export function npmOwnRegistry(): Promise<string> {
  return inTemporaryFolder(async (temporary) => {
    const result = await npm(['config', 'get', 'registry'], { cwd: temporary, temporary, timeoutMs: 30_000 });
    const url = z.url().safeParse(result.stdout.trim());
    if (result.exitCode !== 0 || !url.success) throw new ReleaseFault(`npm does not say which registry it uses: ${reasonOf(result)}`);
    return url.data;
  });
}

/** Packs a checkout without running any of its scripts. */
export async function packNpm(folder: string): Promise<Tarball> {
  const manifest = readPackageJson(await readFile(join(folder, 'package.json'), 'utf8'), 'package.json');
  // npm itself only says so when it is too late, after the approval.
  if (manifest.private)
    throw new ReleaseFault(`package.json says "private": true, so ${manifest.name ?? 'it'} is not meant to be published.`);
  return inTemporaryFolder(async (temporary) => {
    const result = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', temporary], {
      cwd: folder,
      temporary,
      timeoutMs: 120_000,
    });
    if (result.exitCode !== 0) throw new ReleaseFault(`npm pack failed: ${reasonOf(result)}`);
    const packed = Packed.safeParse(parseJson(result.stdout));
    if (!packed.success || packed.data[0] === undefined) throw new ReleaseFault('npm pack printed nothing that can be read.');
    const { name, version, filename, entryCount } = packed.data[0];
    const bytes = await readFile(join(temporary, basename(filename)));
    return { name, version, fileName: basename(filename), bytes, files: entryCount, ...digests(bytes) };
  });
}

/** Digests by which an approval is bound to the bytes (AP-6) and a registry's copy is recognised. */
export function digests(bytes: Uint8Array): Pick<Tarball, 'sha256' | 'shasum' | 'integrity'> {
  const hash = (name: string, encoding: 'hex' | 'base64') => createHash(name).update(bytes).digest(encoding);
  return { sha256: hash('sha256', 'hex'), shasum: hash('sha1', 'hex'), integrity: `sha512-${hash('sha512', 'base64')}` };
}

/** A name comes from a repository: one that is really an address or a way up would take the token elsewhere. */
function addressOf(name: string, registry: string): URL {
  if (name.length > 214 || !/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name)) {
    throw new ReleaseFault(`"${name.slice(0, 80)}" is not a package name that npm accepts.`);
  }
  return new URL(name.replace('/', '%2f'), registry.endsWith('/') ? registry : `${registry}/`);
}

const Packument = z.object({
  'dist-tags': z.record(z.string(), z.string()).default({}),
  versions: z
    .record(z.string(), z.object({ dist: z.object({ integrity: z.string().optional(), shasum: z.string().optional() }) }))
    .default({}),
});
export type NpmState = {
  latest: string | null;
  versions: string[];
  dist(version: string): { integrity?: string | undefined; shasum?: string | undefined } | null;
};

/** What the registry has under a name; nothing is a state too. */
export async function readNpmRegistry(name: string, { registry, token }: Pick<NpmTarget, 'registry' | 'token'>): Promise<NpmState> {
  const url = addressOf(name, registry);
  let response: Response;
  let body: unknown = {};
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      signal: AbortSignal.timeout(30_000),
      redirect: 'error', // The token is for this address and no other.
    });
    if (response.ok) body = await response.json();
  } catch (error) {
    throw new ServiceUnavailable(`The registry ${url.host}`, 'The publication is kept and can be tried again.', error);
  }
  if (response.status === 401 || response.status === 403)
    throw new InvalidRequest(`The registry ${url.host} refused the token (${response.status}). Check the secret it is configured with.`);
  if (!response.ok && response.status !== 404)
    throw new ServiceUnavailable(`The registry ${url.host}`, `It answered ${response.status}; the publication can be tried again.`);
  const { versions, 'dist-tags': tags } = Packument.parse(response.status === 404 ? {} : body);
  return {
    latest: tags.latest ?? null,
    versions: Object.keys(versions),
    dist: (version) => (Object.hasOwn(versions, version) ? (versions[version]?.dist ?? null) : null),
  };
}

/** Publishes the bytes once: what is already there with the same bytes is done, with others a fault (RL-3). */
export async function publishNpm(tarball: Tarball, target: NpmTarget): Promise<NpmPublication> {
  const where = addressOf(tarball.name, target.registry).href.replace('%2f', '/');
  const answer = { name: tarball.name, version: tarball.version, where };
  if (await isThere(tarball, target)) return { ...answer, already: true };
  const result = await runPublish(tarball, target, []);
  crashPoint('publishing');
  // A registry may answer late or with an error for what it has taken, so only reading back tells.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await isThere(tarball, target)) return { ...answer, already: false };
    if (result.exitCode !== 0) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  if (result.exitCode === 0)
    throw new ServiceUnavailable(
      `The registry ${new URL(target.registry).host}`,
      `It took ${tarball.name} ${tarball.version} but does not show it yet.`,
    );
  throw new ReleaseFault(`npm publish failed: ${reasonOf(result, target.token)}`);
}

/** What would happen, without doing it. Null when all is well, else why not. */
export async function dryPublishNpm(tarball: Tarball, target: NpmTarget): Promise<string | null> {
  try {
    if (await isThere(tarball, target)) return null;
  } catch (error) {
    if (isBotError(error)) return error.userMessage;
    throw error;
  }
  const result = await runPublish(tarball, target, ['--dry-run']);
  return result.exitCode === 0 ? null : reasonOf(result, target.token);
}

async function isThere({ name, version, integrity, shasum }: Tarball, target: NpmTarget): Promise<boolean> {
  const dist = (await readNpmRegistry(name, target)).dist(version);
  if (dist === null) return false;
  if (dist.integrity ? dist.integrity.split(/\s+/).includes(integrity) : dist.shasum === shasum) return true;
  throw new ReleaseFault(`${name} ${version} is already in the registry with other content. Choose another version.`);
}

function runPublish(tarball: Tarball, { registry, token, tag = 'latest', timeoutMs }: NpmTarget, more: string[]): Promise<ProcessResult> {
  return inTemporaryFolder(async (temporary) => {
    const file = join(temporary, tarball.fileName);
    await writeFile(file, tarball.bytes, { mode: 0o600 });
    const { host, pathname } = new URL(registry.endsWith('/') ? registry : `${registry}/`);
    // npm fills the variable in when it reads the file, so the token is on no command line and on no disk.
    await writeFile(join(temporary, '.npmrc'), token ? `//${host}${pathname}:_authToken=\${${tokenVariable}}\n` : '', { mode: 0o600 });
    const scope = tarball.name.startsWith('@') ? [`--${tarball.name.split('/')[0]}:registry=${registry}`] : [];
    return npm(['publish', file, '--ignore-scripts', '--registry', registry, ...scope, '--tag', tag, ...more], {
      cwd: temporary, // Not the repository, whose own .npmrc could send us elsewhere.
      temporary,
      timeoutMs,
      ...(token ? { env: { [tokenVariable]: token } } : {}),
    });
  });
}

const tokenVariable = 'MAHAVISHNU_PUBLISH_TOKEN';

function npm(
  args: string[],
  { cwd, temporary, timeoutMs, env = {} }: { cwd: string; temporary: string; timeoutMs: number; env?: Record<string, string> },
) {
  const isolated = [
    '--userconfig',
    join(temporary, '.npmrc'),
    '--globalconfig',
    join(temporary, '.npmrc-global'),
    '--cache',
    join(temporary, 'cache'),
  ];
  return runProcess({
    command: 'npm',
    args: [
      ...args,
      ...isolated,
      '--no-update-notifier',
      '--no-audit',
      '--no-fund',
      '--no-progress',
      '--fetch-retries=1',
      '--fetch-retry-mintimeout=500',
    ],
    cwd,
    env: { HOME: temporary, ...env },
    timeoutMs,
  });
}

async function inTemporaryFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mahavishnu-npm-')); // Of mode 0700.
  try {
    return await job(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** npm's own error lines, without its log's address. */
function reasonOf({ stderr, stdout, timedOut }: ProcessResult, token?: string): string {
  if (timedOut) return 'it took too long';
  const lines = (stderr.trim() || stdout.trim()).split('\n').filter((line) => !/complete log of this run|^npm (?:warn|notice)/i.test(line));
  const text = lines
    .slice(-6)
    .join(' ')
    .replaceAll(/npm (?:error|ERR!) ?/gi, '');
  return redact(token ? text.replaceAll(token, '[redacted]') : text).slice(0, 600) || 'it gave no reason';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.slice(text.search(/^\s*\[/m)));
  } catch {
    return null;
  }
}
