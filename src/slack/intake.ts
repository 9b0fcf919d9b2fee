import type { App, Context, ReceiverEvent } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { type Asked, answersTo } from './answers.js';
import type { CommandRouter } from './commands/router.js';

interface Parts {
  client: WebClient;
  log: { warn(fields: object, message: string): void };
  commands: Pick<CommandRouter, 'take'>;
  /** As Bolt's own `app.error` is told. */
  onError(failure: { error: Error; context: Context; body: object }): Promise<void>;
}

export interface Intake {
  /** The app as its receiver sees it. */
  watch(app: App): App;
  /** Resolves when no listener is at work, or after this time; false when some still were. */
  drained(timeoutMs: number): Promise<boolean>;
}

/**
 * Stands between receiver and app: counts what is under way (Bolt waits for nothing when it stops), holds back the
 * acknowledgement of events until they are stored (Bolt would send it first, SL-9), and answers what no listener took (SL-10).
 */
export function createIntake({ client, log, commands, onError }: Parts): Intake {
  const underWay = new Set<Promise<void>>();

  const take = async (app: App, event: ReceiverEvent): Promise<void> => {
    let acked = false;
    let sent = false;
    const send = async (response?: unknown) => {
      if (sent) return;
      sent = true;
      acked = true;
      await event.ack(response);
    };
    const isEvent = typeof event.body.event === 'object';
    const ack = async (response?: unknown) => {
      if (isEvent) acked = true;
      else await send(response);
    };
    const answer = answersTo(event.body, { ack, isAcked: () => acked }, { client, log });
    const asked: Asked = { answer, acknowledge: () => send() };
    try {
      if (typeof event.body.command === 'string') await takeCommand(event.body, ack, asked);
      else await app.processEvent({ ...event, ack, customProperties: { ...event.customProperties, asked } });
    } finally {
      if (isEvent) await send();
      else if (!acked)
        await answer('This button or form is of an older version of me. `/mahavishnu runs` and `/mahavishnu approvals` have the newest.');
    }
  };

  const takeCommand = async (body: ReceiverEvent['body'], ack: (response?: unknown) => Promise<void>, asked: Asked) => {
    try {
      await commands.take(body, ack);
    } catch (error) {
      await onError({ error: error as Error, context: { asked } as unknown as Context, body });
    }
  };

  return {
    watch(app) {
      const watched: App = Object.create(app);
      watched.processEvent = (event) => {
        const task = take(app, event).finally(() => underWay.delete(task));
        underWay.add(task);
        return task;
      };
      return watched;
    },
    async drained(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), timeoutMs);
      });
      const done = (async () => {
        while (underWay.size > 0) await Promise.allSettled(underWay);
        return true;
      })();
      const drained = await Promise.race([done, late]);
      clearTimeout(timer);
      return drained;
    },
  };
}

/** What the intake hands to listeners and to `app.error`. */
export function askedOf(context: object): Asked | null {
  const { asked } = context as { asked?: Asked };
  return asked ?? null;
}
