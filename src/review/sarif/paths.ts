import { posix } from 'node:path';
import type { ArtifactLocation, Run } from './shape.js';

/** Why a result's file is not one of the repository. */
export type Refusal = 'no file named' | 'outside of the repository' | 'not a file path';

type Resolved = { file: string } | { refused: Refusal };

/** Names under which tools speak of the repository's root, whatever folder that was on their machine. */
const rootNames = /^%?(?:SRCROOT|SRC_ROOT|REPOROOT|REPO_ROOT|PROJECTROOT|ROOTPATH|ROOT|WORKSPACE|GITHUB_WORKSPACE)%?$/i;
const MAX_DEPTH = 10;
const MAX_PATH = 1_000;

/** Finds for each location of one run the file of the repository; `root` is where the repository lies, if it lies anywhere. */
export function createPathResolver(run: Pick<Run, 'artifacts' | 'originalUriBaseIds'>, root: string | undefined) {
  const bases = new Map(Object.entries(run.originalUriBaseIds ?? {}));
  const roots = [root, ...[...bases.keys()].filter((name) => rootNames.test(name)).map((name) => baseOf(name))].flatMap((path) =>
    path && absolute(path) !== null ? [withoutSlash(absolute(path)!)] : [],
  );

  /** The address a base stands for, as it is written; bases may stand on others. */
  function baseOf(name: string, depth = 0): string {
    const base = bases.get(name);
    if (!base || depth > MAX_DEPTH) return '';
    const parent = base.uriBaseId === undefined ? '' : baseOf(base.uriBaseId, depth + 1);
    return `${parent === '' || parent.endsWith('/') ? parent : `${parent}/`}${base.uri ?? ''}`;
  }

  function resolve(location: ArtifactLocation | undefined): Resolved {
    const known = location?.index !== undefined && location.index >= 0 ? run.artifacts?.[location.index]?.location : undefined;
    const uri = location?.uri ?? known?.uri;
    if (uri === undefined || uri === '') return { refused: 'no file named' };
    const baseId = location?.uri === undefined ? known?.uriBaseId : (location.uriBaseId ?? known?.uriBaseId);
    const own = absolute(uri);
    if (own !== null) return inside(own);
    if (hasScheme(uri)) return { refused: 'not a file path' };
    const base = baseId === undefined || rootNames.test(baseId) ? '' : baseOf(baseId);
    if (base === '') return relative(uri);
    const joined = `${base.endsWith('/') ? base : `${base}/`}${uri}`;
    const place = absolute(joined);
    if (place !== null) return inside(place);
    return hasScheme(joined) ? { refused: 'not a file path' } : relative(joined);
  }

  function inside(path: string): Resolved {
    const decoded = decode(path);
    if (decoded === null) return { refused: 'not a file path' };
    const clean = posix.normalize(decoded);
    for (const folder of roots) {
      const from = posix.normalize(decode(folder) ?? folder);
      if (clean.startsWith(`${from}/`)) return checked(clean.slice(from.length + 1));
    }
    return { refused: 'outside of the repository' };
  }

  function relative(uri: string): Resolved {
    const decoded = decode(uri);
    return decoded === null ? { refused: 'not a file path' } : checked(decoded);
  }

  return resolve;
}

function checked(path: string): Resolved {
  if (/\p{Cc}/u.test(path) || path.length > MAX_PATH) return { refused: 'not a file path' };
  const clean = posix.normalize(path.replaceAll('\\', '/'));
  if (clean === '.' || clean.endsWith('/')) return { refused: 'not a file path' };
  const parts = clean.split('/');
  if (clean.startsWith('/') || parts[0] === '..' || parts.includes('.git')) return { refused: 'outside of the repository' };
  return { file: clean };
}

const hasScheme = (uri: string) => /^[a-z][a-z0-9+.-]+:/i.test(uri);
const withoutSlash = (path: string) => path.replace(/\/+$/, '');

/** The path of an absolute address, still encoded; null for anything else. Drive letters count as folders of the root. */
function absolute(uri: string): string | null {
  const local = /^file:(?:\/\/(?:localhost)?)?(\/.*)$/is.exec(uri)?.[1];
  const path = (local ?? uri).replaceAll('\\', '/');
  const drive = /^\/?([a-z]):(\/.*)$/i.exec(path);
  if (drive) return `/${drive[1]!.toLowerCase()}:${drive[2]}`;
  // Two slashes name another machine.
  return path.startsWith('/') && !path.startsWith('//') ? path : null;
}

/** Tools that forget to encode write a bare percent sign, which is then meant as itself. */
function decode(uri: string): string | null {
  const path = uri.replace(/[?#].*$/s, '');
  try {
    return decodeURIComponent(path.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return null;
  }
}
