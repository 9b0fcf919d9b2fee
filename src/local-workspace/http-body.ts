import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json } from './types.js';

/** Undefined when the body is larger than allowed. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= most) parts.push(part);
  }
  return size <= most ? Buffer.concat(parts) : undefined;
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function multipart(contentType: string, body: Buffer): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData() as Promise<FormData>;
}

/** The arguments of a call in any of the three encodings Slack takes; undefined when they cannot be read. */
export async function readArguments(contentType: string, body: Buffer): Promise<Json | undefined> {
  try {
    if (contentType.startsWith('application/json')) {
      const parsed: unknown = JSON.parse(body.toString('utf8') || '{}');
      return isObject(parsed) ? parsed : undefined;
    }
    if (contentType.startsWith('multipart/form-data')) {
      const fields = [...(await multipart(contentType, body)).entries()];
      return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string'));
    }
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  } catch {
    return undefined;
  }
}

/** An upload is raw bytes or one multipart field. */
export async function readUpload(contentType: string, body: Buffer): Promise<Buffer | undefined> {
  if (!contentType.startsWith('multipart/form-data')) return body;
  try {
    for (const [, value] of await multipart(contentType, body)) {
      if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
      return Buffer.from(value);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

export function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string | Buffer): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}
