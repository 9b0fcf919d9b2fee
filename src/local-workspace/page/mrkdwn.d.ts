/** What a piece of mrkdwn means; drawn as elements by the page and as plain text by the renderer, never as HTML. */
export type MrkdwnNode =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'pre'; text: string }
  | { type: 'bold' | 'italic' | 'strike' | 'quote'; children: MrkdwnNode[] }
  | { type: 'user' | 'channel' | 'group'; id: string; label: string | undefined }
  | { type: 'broadcast'; range: string }
  | { type: 'date'; timestamp: number; format: string; url: string | undefined; fallback: string }
  | { type: 'emoji'; name: string }
  | { type: 'link'; url: string; children: MrkdwnNode[] };

export function parseMrkdwn(text: string): MrkdwnNode[];

export function formatDate(timestamp: number, format: string, options?: { timeZone?: string; locale?: string; now?: number }): string;

export const EMOJI: Readonly<Record<string, string>>;
