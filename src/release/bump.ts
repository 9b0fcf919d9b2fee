import { lstat, realpath, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix, sep } from 'node:path';
import semver from 'semver';
import { InvalidRequest } from '../errors.js';
import { git } from '../git/git.js';
import { addChangelogEntry, type ChangelogEntry } from './changelog.js';
import { ReleaseFault } from './fault.js';
import {
  readDunderVersion,
  readPackageJson,
  readPyProject,
  setDunderVersion,
  setLockVersion,
  setPackageVersion,
  setPyProjectVersion,
} from './manifests.js';
import { readVersion } from './suggest.js';

export interface ReleaseSource {
  /** Text of a file by its path in the repository; null when it is not there or is no regular file. */
  readFile(path: string): Promise<string | null>;
  /** Paths of the repository's files. */
  listFiles(): Promise<readonly string[]>;
  /** What the repository's own `release.bump` names; without it, the manifests at the root. */
  manifests?: readonly string[];
}

export interface ReleasePackage {
  kind: 'npm' | 'python';
  name: string;
  version: string;
  /** npm refuses to publish it. */
  private: boolean;
  /** Path of the manifest, and its folder (`.` at the root). */
  manifest: string;
  folder: string;
}

export interface Edit {
  path: string;
  text: string;
}

/** The package that is released: the first manifest that has a version. Throws `InvalidRequest` when there is none. */
export async function readReleasePackage(source: ReleaseSource): Promise<ReleasePackage> {
  for (const path of manifestPaths(source)) {
    const found = await readPackage(source, path);
    if (found) return found;
  }
  throw new InvalidRequest(
    'No version to raise: there is no package.json or pyproject.toml with a version. Name the file in release.bump of .mahavishnu.yaml.',
  );
}

const manifestPaths = ({ manifests }: ReleaseSource) =>
  (manifests?.length ? manifests : ['package.json', 'pyproject.toml']).filter((path) =>
    /^(?:package\.json|pyproject\.toml)$/.test(basename(path)),
  );

async function readPackage(source: ReleaseSource, manifest: string): Promise<ReleasePackage | null> {
  const text = await source.readFile(manifest);
  if (text === null) return null;
  const folder = posix.dirname(manifest);
  if (manifest.endsWith('.json')) {
    const { name, version, private: isPrivate } = readPackageJson(text, manifest);
    return version === undefined
      ? null
      : { kind: 'npm', name: name ?? basename(folder), version, private: isPrivate ?? false, manifest, folder };
  }
  const { name, version, dynamic } = readPyProject(text, manifest);
  const current = version ?? (dynamic ? await findDunderVersion(source, folder) : null);
  return current === null ? null : { kind: 'python', name: name ?? basename(folder), version: current, private: false, manifest, folder };
}

/** Which files say the version, with their new text (RL-2). Nothing is written. Files that already say it are left out. */
export async function planBump(source: ReleaseSource, version: string): Promise<{ package: ReleasePackage; edits: Edit[] }> {
  const released = await readReleasePackage(source);
  checkVersion(released, version);
  const edits: Edit[] = [];
  for (const path of manifestPaths(source)) {
    const one = await readPackage(source, path);
    if (!one) continue;
    if (one.version !== released.version && one.version !== version) {
      throw new InvalidRequest(
        `${path} says ${one.version} and ${released.manifest} says ${released.version}. Make them agree, or name one in release.bump.`,
      );
    }
    await addEdits(source, one, version, edits);
  }
  return { package: released, edits };
}

async function addEdits(
  source: ReleaseSource,
  { manifest, folder, kind, version: current }: ReleasePackage,
  version: string,
  edits: Edit[],
): Promise<void> {
  const edit = async (path: string, change: (text: string) => string) => {
    const text = await source.readFile(path);
    const next = text === null ? null : change(text);
    if (next !== null && next !== text) edits.push({ path, text: next });
  };
  const beside = (name: string) => (folder === '.' ? name : `${folder}/${name}`);
  if (kind === 'npm') {
    await edit(manifest, (text) => setPackageVersion(text, version, manifest));
    for (const name of ['package-lock.json', 'npm-shrinkwrap.json'])
      await edit(beside(name), (text) => setLockVersion(text, version, beside(name)));
    return;
  }
  await edit(manifest, (text) => (readPyProject(text, manifest).version === null ? text : setPyProjectVersion(text, version, manifest)));
  for (const path of await dunderFiles(source, folder)) await edit(path, (text) => setDunderVersion(text, current, version));
}

/** Where Python packages keep `__version__`; not in tests or what was vendored. */
async function dunderFiles(source: ReleaseSource, folder: string): Promise<string[]> {
  const prefix = folder === '.' ? '' : `${folder}/`;
  return (await source.listFiles()).filter((path) => {
    if (!path.startsWith(prefix) || !/(?:^|\/)(?:__init__|__about__|__version__|_version|version)\.py$/.test(path)) return false;
    const folders = path.slice(prefix.length).split('/').slice(0, -1);
    return folders.length <= 3 && !folders.some((name) => /^(?:tests?|vendor|_vendor|third_party|node_modules|\..*)$/.test(name));
  });
}

async function findDunderVersion(source: ReleaseSource, folder: string): Promise<string | null> {
  for (const path of await dunderFiles(source, folder)) {
    const version = readDunderVersion((await source.readFile(path)) ?? '');
    if (version !== null) return version;
  }
  return null;
}

function checkVersion({ version: current, kind }: ReleasePackage, version: string): void {
  const wanted = kind === 'npm' ? semver.parse(version) : readVersion(version);
  if (!wanted || (kind === 'npm' && wanted.version !== version.split('+')[0]))
    throw new InvalidRequest(`"${version.slice(0, 60)}" is not a version. Write one such as 1.4.2.`);
  if (semver.lt(wanted, readVersion(current))) throw new InvalidRequest(`${version} is lower than ${current}, which is already there.`);
}

/**
 * The files of a commit, so that a repetition plans the same edits whatever an interrupted one left in the checkout, and
 * symbolic links lead nowhere: they are no regular files.
 */
export function commitSource(clone: string, commit: string, manifests?: readonly string[]): ReleaseSource {
  return {
    async readFile(path) {
      const entry = await git(['--literal-pathspecs', 'ls-tree', '-z', commit, '--', path], { cwd: clone });
      const blob = /^100(?:644|755) blob ([0-9a-f]{40,64})\t/.exec(entry)?.[1];
      if (blob === undefined) return null;
      const text = await git(['cat-file', 'blob', blob], { cwd: clone });
      if (text.includes('\uFFFD')) throw new InvalidRequest(`${path} is not UTF-8 text, so it cannot be edited.`);
      return text;
    },
    async listFiles() {
      const out = await git(['ls-tree', '-r', '-z', '--name-only', commit], { cwd: clone });
      return out.split('\0').filter((path) => path !== '');
    },
    ...(manifests ? { manifests } : {}),
  };
}

export interface BumpRequest {
  /** A checkout of `base`. */
  folder: string;
  base: string;
  version: string;
  manifests?: readonly string[];
  /** Path of the changelog and what to say in it; null to keep none. */
  changelog: ({ path: string } & Omit<ChangelogEntry, 'version'>) | null;
}

/** Writes the new version and the changelog entry into the checkout. Doing it again writes the same. Returns the paths of the release. */
export async function applyBump({ folder, base, version, manifests, changelog }: BumpRequest): Promise<string[]> {
  const source = commitSource(folder, base, manifests);
  const { edits } = await planBump(source, version);
  if (changelog) {
    const before = await source.readFile(changelog.path);
    const after = addChangelogEntry(before, { ...changelog, version });
    if (after !== before) edits.push({ path: changelog.path, text: after });
  }
  for (const { path, text } of edits) await writeInside(folder, path, text);
  return edits.map(({ path }) => path);
}

async function writeInside(folder: string, path: string, text: string): Promise<void> {
  const file = join(folder, path);
  const there = await lstat(file).catch(() => null);
  const parent = await realpath(dirname(file)).catch(() => '');
  const root = await realpath(folder);
  if ((there && !there.isFile()) || (parent !== root && !parent.startsWith(root + sep))) {
    throw new InvalidRequest(`${path} is not a regular file of the repository, so it cannot be written.`);
  }
  await writeFile(file, text);
}

export interface ReleaseCommitRequest {
  folder: string;
  /** The commit that was approved for release; the release commit stands on it. */
  base: string;
  version: string;
  tagPrefix: string;
  /** When the version was approved: with it, a repetition makes the same commit and tag, bit by bit. */
  at: Date;
  /** What `applyBump` returned. */
  paths: readonly string[];
}

/** Commits and tags a bump. Repeated after a crash it finds or makes the same commit and the same tag. */
export async function commitAndTag({
  folder,
  base,
  version,
  tagPrefix,
  at,
  paths,
}: ReleaseCommitRequest): Promise<{ commit: string; tag: string }> {
  const message = `chore(release): ${version}`;
  const tag = `${tagPrefix}${version}`;
  const date = `${Math.floor(at.getTime() / 1000)} +0000`;
  const run = async (...args: string[]) =>
    (await git(args, { cwd: folder, env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } })).trim();
  const head = await run('rev-parse', 'HEAD');
  let commit = head;
  if (head === base) {
    if (paths.length === 0)
      throw new ReleaseFault(`${version} is already what the files say, so there is nothing to release on ${base.slice(0, 12)}.`);
    await run('add', '--force', '--', ...paths);
    await run('commit', '--quiet', '--no-verify', '--message', message);
    commit = await run('rev-parse', 'HEAD');
  } else {
    const [parent, subject] = (await run('log', '-1', '--format=%P%n%s')).split('\n');
    if (parent !== base || subject !== message)
      throw new ReleaseFault(`The checkout is at ${head.slice(0, 12)}, not at the approved ${base.slice(0, 12)}.`);
  }
  const known = await run('rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`).catch(() => '');
  if (known === '') await run('tag', '--annotate', '--message', `${version}`, tag, commit);
  else if (known !== commit) throw new ReleaseFault(`The tag ${tag} already exists, at ${known.slice(0, 12)}.`);
  return { commit, tag };
}
