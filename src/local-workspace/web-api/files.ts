import { z } from 'zod';
import type { Clock } from '../clock.js';
import { ApiFailure } from '../errors.js';
import { newId, secret } from '../ids.js';
import { fileJson } from '../payloads.js';
import type { UploadedFile } from '../types.js';
import { int, json, method, type Uploads, writableChannel } from './method.js';

const UPLOAD_MS = 10 * 60_000;

const MIME: Readonly<Record<string, string>> = {
  json: 'application/json',
  md: 'text/markdown',
  patch: 'text/x-diff',
  diff: 'text/x-diff',
  png: 'image/png',
  svg: 'image/svg+xml',
  zip: 'application/zip',
};

/** Bytes wait here between the upload and its completion. */
export function createUploads(clock: Clock): Uploads {
  const expected = new Map<string, { id: string; name: string; length: number; expires: number; size: number | undefined }>();
  return {
    expect(name, length) {
      const ticket = secret();
      const id = newId('F');
      expected.set(ticket, { id, name, length, expires: clock.now() + UPLOAD_MS, size: undefined });
      return { ticket, id };
    },
    receive(ticket, bytes) {
      const upload = expected.get(ticket);
      if (!upload || upload.expires < clock.now() || bytes.length !== upload.length) return undefined;
      upload.size = bytes.length;
      return bytes.length;
    },
    take(id) {
      for (const [ticket, upload] of expected) {
        if (upload.id !== id || upload.size === undefined) continue;
        expected.delete(ticket);
        return { name: upload.name, size: upload.size };
      }
      return undefined;
    },
  };
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
        const { name, size } = upload;
        const mimetype = MIME[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'text/plain';
        const file = { id, name, title: title ?? name, mimetype, size, user: state.app.botUserId, created: Math.floor(clock.now() / 1000) };
        state.files.set(id, file);
        return file;
      });
      if (channel) {
        const { botUserId, botId } = state.app;
        state.add({ channel: channel.id, user: botUserId, botId, text: args.initial_comment ?? '', files: done, threadTs: args.thread_ts });
      }
      return { files: done.map(fileJson) };
    },
  }),
};
