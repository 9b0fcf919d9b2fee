import { expect, it } from 'vitest';
import { upcoming } from '../../src/schedules/upcoming.js';
import type { loadSettings } from '../../src/settings/load.js';

const schedule = (cron: string, zone: string): ReturnType<typeof loadSettings>['schedules'][string] => ({
  cron,
  zone,
  target: 'all',
  scope: 'critical',
  autoFix: false,
  channel: null,
  quiet: false,
  missed: 'once',
  digest: null,
});

it('names the next tick of each schedule in its own zone, the soonest first; a day that never comes is left out', () => {
  const all = {
    weekly: schedule('0 9 * * 1', 'UTC'),
    nightly: schedule('0 3 * * *', 'Europe/Berlin'),
    never: schedule('0 0 30 2 *', 'UTC'),
  };
  expect(upcoming(all, new Date('2026-11-21T12:00:00Z')).map(({ name, next }) => [name, next.toISOString()])).toEqual([
    ['nightly', '2026-11-22T02:00:00.000Z'],
    ['weekly', '2026-11-23T09:00:00.000Z'],
  ]);
});
