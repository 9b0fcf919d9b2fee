import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { git } from '../../src/git/git.js';
import { actionIds } from '../../src/slack/action-ids.js';
import { actionsOf, messagesOf, type Shop } from './shop.js';

/** Keys of the messages that stand in the channel, as the bot marked them; a message without a mark is one too many. */
export function messageKeys(shop: Shop): string[] {
  return messagesOf(shop).map(({ metadata }) => {
    const { key } = (metadata as { event_payload?: { key?: string } } | undefined)?.event_payload ?? {};
    return key ?? 'not marked';
  });
}

export interface ShownIssue {
  id: string;
  status: string;
  fingerprint: string;
  metadata?: Record<string, unknown>;
}

export async function issuesOf({ settings }: Shop): Promise<ShownIssue[]> {
  const file = parse(await readFile(join(settings, 'ecosystem.yaml'), 'utf8')) as { coordination: { issues: ShownIssue[] } };
  return file.coordination.issues;
}

export async function publishedVersions(registry: string, packageName: string): Promise<string[]> {
  const response = await fetch(`${registry}${packageName.replace('/', '%2f')}`);
  if (response.status === 404) return [];
  return Object.keys(((await response.json()) as { versions: Record<string, unknown> }).versions);
}

/** What a run must not leave behind in the state folder (FX-7): paths and refs. */
export async function leftovers(state: string): Promise<string[]> {
  const entries = (folder: string) => readdir(folder).catch(() => [] as string[]);
  const found: string[] = [];
  for (const kind of ['worktrees', 'checkouts', 'passing', join('cache', 'scratch')]) {
    for (const name of await entries(join(state, kind))) found.push(join(kind, name));
  }
  for (const clone of await entries(join(state, 'clones'))) {
    const cwd = join(state, 'clones', clone);
    const refs = await git(['for-each-ref', '--format=%(refname)', 'refs/heads/'], { cwd });
    const trees = await git(['worktree', 'list', '--porcelain'], { cwd });
    found.push(...refs.split('\n').filter(Boolean));
    found.push(...trees.split('\n').filter((line) => line.startsWith('worktree ') && !line.endsWith(clone)));
    found.push(...(await entries(cwd)).filter((name) => name.endsWith('.lock')));
  }
  return found;
}

/** Nothing stands, was filed or is asked twice, and nothing of the run is left in the folders. */
export async function expectNothingTwice(shop: Shop): Promise<void> {
  const keys = messageKeys(shop);
  expect(keys).toEqual([...new Set(keys)]);
  expect(keys).not.toContain('not marked');
  const issues = await issuesOf(shop);
  const fingerprints = issues.map(({ fingerprint }) => fingerprint);
  expect(fingerprints).toEqual([...new Set(fingerprints)]);
  expect(issues.filter(({ status }) => status === 'in_progress')).toEqual([]);
  expect(await leftovers(shop.state)).toEqual([]);
  const { pool } = shop.database;
  expect((await pool.query(`select id from mahavishnu.approvals where status = 'pending'`)).rows).toEqual([]);
  expect((await pool.query('select repository from mahavishnu.release_claims')).rows).toEqual([]);
  const decisions = await pool.query<{ subject: string; count: string }>(
    `select subject, count(*) from mahavishnu.audit_log where action in ('approval.approve', 'approval.reject', 'approval.expired') group by subject having count(*) > 1`,
  );
  expect(decisions.rows).toEqual([]);
  expect(
    messagesOf(shop)
      .flatMap(actionsOf)
      .filter((action) => !onlyToRead.has(action)),
  ).toEqual([]);
}

/** Buttons that may stay under what has ended. */
const onlyToRead = new Set<string>([actionIds.details, actionIds.show, actionIds.fixes]);
