import type { Clock } from './clock.js';
import { ApiFailure } from './errors.js';
import { secret } from './ids.js';

const LIFETIME_MS = 3000;
const REMEMBERED_MS = 60_000;

export interface Trigger {
  userId: string;
  /** The modal in which it arose: `views.push` goes on top of that one. */
  viewId: string | undefined;
}

/** Trigger ids open one modal, once, within three seconds. */
export function createTriggers(clock: Clock) {
  const known = new Map<string, Trigger & { expires: number; used: boolean }>();
  let made = 0;
  return {
    create(trigger: Trigger): string {
      // Whoever comes after a minute learns less: an unknown trigger in place of a late one.
      for (const [id, { expires }] of known) {
        if (clock.now() < expires + REMEMBERED_MS) break;
        known.delete(id);
      }
      made += 1;
      const id = `${Math.floor(clock.now())}.${made}.${secret()}`;
      known.set(id, { ...trigger, expires: clock.now() + LIFETIME_MS, used: false });
      return id;
    },
    exchange(id: string): Trigger {
      const trigger = known.get(id);
      if (!trigger) throw new ApiFailure('invalid_trigger_id');
      if (trigger.used) throw new ApiFailure('exchanged_trigger_id');
      if (clock.now() > trigger.expires) throw new ApiFailure('expired_trigger_id');
      trigger.used = true;
      return trigger;
    },
  };
}

export type Triggers = ReturnType<typeof createTriggers>;
