import type { App } from '../app.js';
import * as schema from '../database/schema.js';
import { composeDigest } from '../schedules/digest.js';
import type { Settings } from '../settings/load.js';
import { digestView } from './views/digest.js';

/** Composes the digest of a tick and hands it to the projector; nothing is said when nothing changed. Safe to repeat. */
export async function postDigest(
  { settings, bot, ecosystem, approvals, database }: App,
  name: string,
  { target, channel: named }: Settings['schedules'][string],
  tick: Date,
  since: Date | null,
): Promise<void> {
  const channel = named ?? settings.slack.homeChannel;
  if (channel === null) return;
  const tagged = target.startsWith('tag:') ? bot.repositoriesWithTag(target.slice('tag:'.length)) : [target];
  const repositories = target === 'all' ? bot.repositoryNames() : tagged;
  const digest = await composeDigest({ repositories, since, ecosystem, approvals, database });
  if (!digest) return;
  const key = `digest:${name}:${tick.toISOString()}`;
  await database.db
    .insert(schema.slackThreads)
    .values({ key, channel, content: digestView(target, digest) })
    .onConflictDoNothing();
  await database.pool.query(`select pg_notify('mahavishnu_threads', $1)`, [key]);
}
