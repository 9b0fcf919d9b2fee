const key = new URLSearchParams(location.search).get('key') ?? '';

/** What stood in the page itself when it came; once, because it gets old. */
export function broughtAlong<T>(): T | undefined {
  const element = document.getElementById('first');
  element?.remove();
  try {
    return JSON.parse(element?.textContent ?? '') as T;
  } catch {
    return undefined;
  }
}

/** Orders the workspace to do something as the person at the keyboard; what it refuses is thrown in its words. */
export async function ask<T = unknown>(body: Record<string, unknown>): Promise<T> {
  const response = await fetch('/control', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-workspace-key': key },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { ok: boolean; result: T; error?: string };
  if (!answer.ok) throw new Error(answer.error ?? `the workspace answered ${response.status}`);
  return answer.result;
}

export const fileUrl = (id: string, name: string, download = false): string =>
  `/files/${id}/${download ? 'download/' : ''}${encodeURIComponent(name)}?key=${key}`;

const RETRY_MS = 1000;

/** The live channel of one person; comes back by itself. Returns how to end it. */
export function listen(me: string, heard: (frame: unknown) => void, connected: (yes: boolean) => void): () => void {
  let ended = false;
  let socket: WebSocket | undefined;
  const open = (): void => {
    const url = new URL(`/control/live?as=${encodeURIComponent(me)}&key=${key}`, location.href);
    url.protocol = 'ws:';
    socket = new WebSocket(url);
    socket.onopen = () => connected(true);
    socket.onmessage = (event: MessageEvent<string>) => heard(JSON.parse(event.data));
    socket.onclose = () => {
      if (ended) return;
      connected(false);
      setTimeout(() => ended || open(), RETRY_MS);
    };
  };
  open();
  return () => {
    ended = true;
    socket?.close();
  };
}
