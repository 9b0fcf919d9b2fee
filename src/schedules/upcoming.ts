import { Cron } from 'croner';
import type { UpcomingSchedule } from '../bot.js';
import type { Settings } from '../settings/load.js';

/** When each schedule fires next; one whose expression names no day to come is left out. */
export function upcoming(schedules: Settings['schedules'], now: Date): UpcomingSchedule[] {
  return Object.entries(schedules)
    .flatMap(([name, { cron, zone, target, scope, autoFix, digest }]) => {
      const next = new Cron(cron, { timezone: zone, paused: true }).nextRun(now);
      return next ? [{ name, target, scope, autoFix, digest, next }] : [];
    })
    .sort((a, b) => a.next.getTime() - b.next.getTime() || a.name.localeCompare(b.name));
}
