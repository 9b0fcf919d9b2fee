import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Clock } from './clock.js';
import { WorkspaceError } from './errors.js';
import type { WorkspaceSeed } from './seed.js';
import type { WorkspaceState } from './state.js';
import type { Channel, Message, Scheduled, UploadedFile, View } from './types.js';
import type { ViewStore } from './views.js';
import { postLater } from './web-api/scheduled.js';

const SAVE_AFTER_MS = 1000;
const VERSION = 1;

const block = z.looseObject({ type: z.string() });
const file = z.looseObject({ id: z.string(), name: z.string(), mimetype: z.string(), size: z.number() });
const message = z.looseObject({
  channel: z.string(),
  ts: z.string().regex(/^\d+\.\d{6}$/),
  user: z.string(),
  text: z.string(),
  blocks: z.array(block),
  attachments: z.array(z.looseObject({})),
  files: z.array(file),
  reactions: z.array(z.looseObject({ name: z.string(), users: z.array(z.string()) })),
  isNotice: z.boolean(),
  streaming: z.boolean(),
  versions: z.array(z.looseObject({ at: z.number(), text: z.string(), blocks: z.array(block) })),
});
const channel = z.looseObject({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['public', 'private', 'im', 'mpim']),
  members: z.array(z.string()),
  isArchived: z.boolean(),
});

const Content = z.object({
  version: z.literal(VERSION),
  secrets: z.object({ botToken: z.string(), appToken: z.string(), signingSecret: z.string() }),
  channels: z.array(channel),
  messages: z.array(message),
  files: z.array(z.object({ file, base64: z.string() })),
  pins: z.array(z.tuple([z.string(), z.array(z.object({ ts: z.string(), user: z.string(), created: z.number() }))])),
  bookmarks: z.array(
    z.tuple([
      z.string(),
      z.array(z.object({ id: z.string(), title: z.string(), link: z.string(), emoji: z.string(), created: z.number() })),
    ]),
  ),
  scheduled: z.array(z.looseObject({ id: z.string(), channel: z.string(), postAt: z.number(), created: z.number(), text: z.string() })),
  homes: z.array(z.looseObject({ id: z.string(), userId: z.string(), blocks: z.array(block) })),
});
export type StoredContent = z.output<typeof Content>;

function read(path: string): StoredContent | undefined {
  if (!existsSync(path)) return undefined;
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new WorkspaceError('invalid_state', `${path} cannot be read: ${(error as Error).message}. Move it away to start afresh.`, {
      cause: error,
    });
  }
  const content = Content.safeParse(raw);
  if (content.success) return content.data;
  const [first] = content.error.issues;
  throw new WorkspaceError(
    'invalid_state',
    `${path} is not the state of a workspace (${first?.path.join('.')}: ${first?.message}). Move it away to start afresh.`,
  );
}

interface Kept {
  state: WorkspaceState;
  views: ViewStore;
}

function written({ state, views }: Kept): string {
  const { botToken, appToken, signingSecret } = state.app;
  return JSON.stringify({
    version: VERSION,
    secrets: { botToken, appToken, signingSecret },
    channels: [...state.channels.values()],
    messages: [...state.messages.values()].flat().map((one) => ({ ...one, versions: one.versions.slice(-2) })),
    files: [...state.files.values()].map((one) => ({ file: one, base64: state.contents.get(one.id)?.toString('base64') ?? '' })),
    pins: [...state.pins],
    bookmarks: [...state.bookmarks],
    scheduled: [...state.scheduled.values()],
    homes: views.allHomes(),
  });
}

/** The file of a workspace: read at the start, written a second after a change and at the end. It holds the tokens, so it is the owner's alone. */
export function openStateFile(path: string): {
  content: StoredContent | undefined;
  keep(kept: Kept): { stop(): void };
} {
  return {
    content: read(path),
    keep(kept) {
      let timer: NodeJS.Timeout | undefined;
      const save = (): void => {
        clearTimeout(timer);
        timer = undefined;
        mkdirSync(dirname(path), { recursive: true });
        // Beside it first: a crash while writing leaves the old state whole.
        writeFileSync(`${path}.new`, written(kept), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      };
      const unwatch = kept.state.onChange(() => {
        timer ??= setTimeout(save, SAVE_AFTER_MS);
      });
      return {
        stop() {
          unwatch();
          save();
        },
      };
    },
  };
}

/** Tokens stay the same from one start to the next, so that an app that was configured once goes on working. */
export function withStoredSecrets(seed: WorkspaceSeed, content: StoredContent | undefined): WorkspaceSeed {
  return content ? { ...seed, app: { ...content.secrets, ...seed.app } } : seed;
}

export function restoreState({ state, views, clock, content }: Kept & { clock: Clock; content: StoredContent }): void {
  // What the schemas above checked is what this code wrote; the rest of each object is taken as it stands.
  for (const one of content.channels as unknown as Channel[]) state.channels.set(one.id, one);
  state.restore(content.messages as unknown as Message[]);
  for (const { file: one, base64 } of content.files as unknown as { file: UploadedFile; base64: string }[]) {
    state.files.set(one.id, one);
    if (base64 !== '') state.contents.set(one.id, Buffer.from(base64, 'base64'));
  }
  for (const [id, list] of content.pins) state.pins.set(id, list);
  for (const [id, list] of content.bookmarks) state.bookmarks.set(id, list);
  for (const item of content.scheduled as unknown as Scheduled[]) {
    state.scheduled.set(item.id, item);
    postLater({ state, clock }, item);
  }
  for (const view of content.homes as unknown as View[]) views.restoreHome(view);
}
