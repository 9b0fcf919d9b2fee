import { z } from 'zod';
import type { Clock } from '../clock.js';
import { ApiFailure } from '../errors.js';
import { newId, secret } from '../ids.js';
import { fileJson } from '../payloads.js';
import type { WorkspaceState } from '../state.js';
import type { UploadedFile } from '../types.js';
import { int, json, method, type Uploads, writableChannel } from './method.js';

const UPLOAD_MS = 10 * 60_000;

const MIME: Readonly<Record<string, string>> = {
  json: 'application/json',
  md: 'text/markdown',
  patch: 'text/x-diff',
  diff: 'text/x-diff',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** Bytes wait here between the upload and its completion. */
export function createUploads(clock: Clock): Uploads {
  const expected = new Map<string, { id: string; name: string; length: number; expires: number; bytes: Buffer | undefined }>();
  return {
    expect(name, length) {
      const ticket = secret();
      const id = newId('F');
      expected.set(ticket, { id, name, length, expires: clock.now() + UPLOAD_MS, bytes: undefined });
      return { ticket, id };
    },
    receive(ticket, bytes) {
      const upload = expected.get(ticket);
      if (!upload || upload.expires < clock.now() || bytes.length !== upload.length) return undefined;
      upload.bytes = bytes;
      return bytes.length;
    },
    take(id) {
      for (const [ticket, upload] of expected) {
        if (upload.id !== id || upload.bytes === undefined) continue;
        expected.delete(ticket);
        return { name: upload.name, bytes: upload.bytes };
      }
      return undefined;
    },
  };
}

const MOST_SHOWN = 100_000;
/** What all contents together may hold; the oldest go first, and their files say so when they are asked for. */
const MOST_CONTENT = 256_000_000;

export interface NewFile {
  id: string;
  name: string;
  title: string;
  user: string;
  now: number;
}

export function storeFile(state: WorkspaceState, { id, name, title, user, now }: NewFile, bytes: Buffer): UploadedFile {
  const mimetype = MIME[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'text/plain';
  const file = { id, name, title, mimetype, size: bytes.length, user, created: Math.floor(now / 1000) };
  state.files.set(id, file);
  state.contents.set(id, bytes);
  let held = 0;
  for (const content of state.contents.values()) held += content.length;
  for (const [oldest, content] of state.contents) {
    if (held <= MOST_CONTENT || oldest === id) break;
    state.contents.delete(oldest);
    held -= content.length;
  }
  return file;
}

export const files = {
  'files.getUploadURLExternal': method({
    scope: 'files:write',
    tier: 4,
    args: z.object({ filename: z.string().min(1), length: int }),
    run(args, { uploads, host }) {
      if (args.length < 1) throw new ApiFailure('invalid_arguments');
      const { ticket, id } = uploads.expect(args.filename, args.length);
      return { upload_url: `http://${host()}/upload/${ticket}`, file_id: id };
    },
  }),
  'files.completeUploadExternal': method({
    scope: 'files:write',
    tier: 4,
    args: z.object({
      files: json(z.array(z.object({ id: z.string().min(1), title: z.string().optional() })).min(1)),
      channel_id: z.string().optional(),
      thread_ts: z.string().optional(),
      initial_comment: z.string().optional(),
    }),
    run(args, { state, uploads, clock }) {
      const channel = args.channel_id === undefined ? undefined : writableChannel(state, args.channel_id);
      const done = args.files.map(({ id, title }): UploadedFile => {
        const upload = uploads.take(id);
        if (!upload) throw new ApiFailure('file_not_found');
        return storeFile(
          state,
          { id, name: upload.name, title: title ?? upload.name, user: state.app.botUserId, now: clock.now() },
          upload.bytes,
        );
      });
      if (channel) {
        const { botUserId, botId } = state.app;
        state.add({ channel: channel.id, user: botUserId, botId, text: args.initial_comment ?? '', files: done, threadTs: args.thread_ts });
      }
      return { files: done.map((file) => fileJson(state, file)) };
    },
  }),
  'files.info': method({
    scope: 'files:read',
    tier: 4,
    args: z.object({ file: z.string().min(1) }),
    run(args, { state }) {
      const file = state.files.get(args.file);
      if (!file) throw new ApiFailure('file_not_found');
      const text = file.mimetype.startsWith('text/') || file.mimetype === 'application/json';
      const content = text ? state.contents.get(file.id)?.toString('utf8').slice(0, MOST_SHOWN) : undefined;
      return { file: fileJson(state, file), ...(content !== undefined && { content }), comments: [] };
    },
  }),
  'files.delete': method({
    scope: 'files:write',
    tier: 3,
    args: z.object({ file: z.string().min(1) }),
    run(args, { state }) {
      const file = state.files.get(args.file);
      if (!file) throw new ApiFailure('file_not_found');
      if (file.user !== state.app.botUserId) throw new ApiFailure('cant_delete_file');
      state.files.delete(file.id);
      state.contents.delete(file.id);
      return {};
    },
  }),
};
