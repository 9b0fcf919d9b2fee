import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the scripted model says in one turn. */
export type Turn =
  | { text: string }
  | { call: string; input: object; id?: string }
  /** Keeps the connection open and says nothing. */
  | { silent: true }
  | { status: number; body: object };

interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}

/** A server on loopback that speaks the real protocol of a model, and says what a script tells it to. */
export async function modelServer(
  kind: 'messages' | 'responses',
  script: (turn: number, request: SeenRequest) => Turn | Turn[],
  tokens = { input: 100, output: 20 },
) {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').replace(/\?.*/, '');
    const text = Buffer.concat(chunks).toString('utf8');
    const seen: SeenRequest = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: text.startsWith('{') ? JSON.parse(text) : {},
    };
    requests.push(seen);
    if (!path.endsWith(`/${kind}`) || request.method !== 'POST') {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no such thing here"}}');
      return;
    }
    const at = requests.filter((each) => each.method === 'POST' && each.path === path).length;
    const said = [script(at, seen)].flat();
    const [first] = said;
    if (first && 'status' in first) {
      response.writeHead(first.status, { 'content-type': 'application/json' }).end(JSON.stringify(first.body));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (first && 'silent' in first) return;
    const send = (type: string, data: object) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    (kind === 'messages' ? sayMessages : sayResponses)(send, said, at, tokens);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Send = (type: string, data: object) => void;

/** `POST /v1/messages` of Anthropic, streamed. */
function sayMessages(send: Send, said: Turn[], at: number, tokens: { input: number; output: number }): void {
  const usage = { input_tokens: tokens.input, output_tokens: tokens.output, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  send('message_start', {
    message: {
      id: `msg_${at}`,
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
  said.forEach((turn, index) => {
    if ('text' in turn) {
      send('content_block_start', { index, content_block: { type: 'text', text: '' } });
      send('content_block_delta', { index, delta: { type: 'text_delta', text: turn.text } });
    } else if ('call' in turn) {
      const id = turn.id ?? `toolu_${at}_${index}`;
      send('content_block_start', { index, content_block: { type: 'tool_use', id, name: turn.call, input: {} } });
      send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: JSON.stringify(turn.input) } });
    }
    send('content_block_stop', { index });
  });
  const stop_reason = said.some((turn) => 'call' in turn) ? 'tool_use' : 'end_turn';
  send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: tokens.output } });
  send('message_stop', {});
}

/** `POST /v1/responses` of OpenAI, streamed. */
function sayResponses(send: Send, said: Turn[], at: number, tokens: { input: number; output: number }): void {
  const id = `resp_${at}`;
  send('response.created', { response: { id } });
  said.forEach((turn, index) => {
    if ('text' in turn) {
      const content = [{ type: 'output_text', text: turn.text, annotations: [] }];
      send('response.output_item.done', {
        output_index: index,
        item: { type: 'message', role: 'assistant', id: `msg_${at}_${index}`, content },
      });
    } else if ('call' in turn) {
      const item = { type: 'function_call', id: `fc_${at}_${index}`, call_id: turn.id ?? `call_${at}_${index}`, name: turn.call };
      send('response.output_item.done', { output_index: index, item: { ...item, arguments: JSON.stringify(turn.input) } });
    }
  });
  const usage = {
    input_tokens: tokens.input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens.input + tokens.output,
  };
  send('response.completed', { response: { id, usage } });
}
