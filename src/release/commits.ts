import { git } from '../git/git.js';

export const bumps = ['patch', 'minor', 'major'] as const;
export type Bump = (typeof bumps)[number];

export interface Commit {
  /** Lower case; empty when the commit does not follow the convention. */
  type: string;
  scope: string | null;
  subject: string;
  breaking: boolean;
  /** What it asks of the next version; null for what users do not notice (docs, chore, test, …). */
  bump: Bump | null;
}

/** Reads a message by Conventional Commits 1.0. */
export function parseCommit(message: string): Commit {
  const [first = '', ...rest] = message.replace(/\r\n?/g, '\n').split('\n');
  const head = /^(?<type>[A-Za-z][\w-]*)(?:\((?<scope>[^()\n]*)\))?(?<mark>!)?:[ \t]+(?<subject>\S.*)$/.exec(
    first.slice(0, 2_000).trim(),
  )?.groups;
  // The footer is upper case, alone at the start of its line; a hyphen or a space between the words.
  const footer = rest.some((line) => /^BREAKING[ -]CHANGE: ?\S/.test(line) || /^BREAKING[ -]CHANGE #\S/.test(line));
  const type = head?.type?.toLowerCase() ?? '';
  const breaking = footer || head?.mark === '!';
  return { type, scope: head?.scope?.trim() || null, subject: (head?.subject ?? first).trim(), breaking, bump: bumpOf(type, breaking) };
}

function bumpOf(type: string, breaking: boolean): Bump | null {
  if (breaking) return 'major';
  if (type === 'feat') return 'minor';
  return type === 'fix' || type === 'perf' || type === 'revert' || type === 'security' ? 'patch' : null;
}

/** Messages after the version's tag up to a commit, newest first; without that tag, the latest thousand. Merges are left out. */
export async function commitsSince({ clone, tag, commit }: { clone: string; tag: string; commit: string }): Promise<string[]> {
  const known = await git(['rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`], { cwd: clone }).catch(() => '');
  const range = known.trim() === '' ? [commit] : [`${known.trim()}..${commit}`];
  const out = await git(['log', '--no-merges', '--max-count=1000', '-z', '--format=%B', ...range, '--'], { cwd: clone });
  return out
    .split('\0')
    .map((message) => message.trim())
    .filter((message) => message !== '');
}
