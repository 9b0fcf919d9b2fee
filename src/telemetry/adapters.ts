import type { DLogger } from '@dbos-inc/dbos-sdk';
import type { Logger, LogLevel as SlackLevel } from '@slack/bolt';
import type { Log } from './log.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** For Bolt, WebClient and Socket Mode. They pass any number of values of any kind, which become one line. */
export function slackLogger(log: Log): Logger {
  let own = log.child({ part: 'slack' });
  const write =
    (level: Level) =>
    (...values: unknown[]): void => {
      if (!own.isLevelEnabled(level)) return;
      const err = values.find((value) => value instanceof Error);
      const words = values.filter((value) => value !== err).map(asText);
      own[level](err ? { err } : {}, shorten(words.join(' ') || (err?.message ?? '')));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    // Bolt sets its own default at construction; the level of the bot's log is the only one that counts.
    setLevel: () => undefined,
    getLevel: () => slackLevel(log.level),
    setName: (name) => {
      own = log.child({ part: name });
    },
  };
}

/** Bolt knows four levels. */
export function slackLevel(level: string): SlackLevel {
  const known = { trace: 'debug', debug: 'debug', info: 'info', warn: 'warn' }[level] ?? 'error';
  return known as SlackLevel;
}

/** For DBOS, which is chatty at info: that goes to debug. */
export function dbosLogger(log: Log): DLogger {
  const own = log.child({ part: 'dbos' });
  return {
    debug: (entry) => own.trace(shorten(asText(entry))),
    info: (entry) => own.debug(shorten(asText(entry))),
    warn: (entry) => own.warn(shorten(asText(entry))),
    error: (entry, metadata) => {
      if (entry instanceof Error) own.error({ err: entry }, shorten(entry.message));
      else own.error(metadata?.stack ? { stack: metadata.stack } : {}, shorten(asText(entry)));
    },
  };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.message;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const longest = 4_000;
const shorten = (text: string) => (text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text);
