import { randomBytes, randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A Slack-like id: a letter for the kind, then capitals and digits. */
export const newId = (kind: string): string => `${kind}0${Array.from({ length: 9 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;

/** An id that a person recognises in a log: `U0DANA0000` for Dana. */
export function readableId(kind: string, name: string, taken: (id: string) => boolean): string {
  const base = `${kind}0${name.toUpperCase().replace(/[^A-Z0-9]/g, '')}`.padEnd(9, '0').slice(0, 20);
  if (!taken(base)) return base;
  for (let n = 2; ; n++) if (!taken(`${base}${n}`)) return `${base}${n}`;
}

export const secret = (bytes = 16): string => randomBytes(bytes).toString('hex');

/** Makes up the `block_id` or `action_id` an app left out. */
export const shortId = (): string => randomBytes(4).toString('base64url').slice(0, 5);

/** `ts` is a string and rises by itself: two messages of one millisecond still differ. */
export function createTsSource(now: () => number): () => string {
  let last = 0n;
  return () => {
    const micros = BigInt(Math.floor(now())) * 1000n;
    last = micros > last ? micros : last + 1n;
    return `${last / 1_000_000n}.${String(last % 1_000_000n).padStart(6, '0')}`;
  };
}
