import type { Usage } from '../finding.js';

/** A question to a model or a command about a tree, and what it may take. */
export interface Question {
  task: 'review' | 'refute';
  /** All instructions. Nothing of the repository stands here. */
  system: string;
  /** What it is about; parts of it come from the repository. */
  prompt: string;
  /** JSON schema of the answer. */
  schema: Record<string, unknown>;
  /** A private copy of what was read: plain files, no links. */
  folder: string;
  files: readonly string[];
  /** An empty folder of its own, outside of `folder`. */
  home: string;
  model: string | null;
  limits: Limits;
  signal?: AbortSignal | undefined;
}

export interface Limits {
  timeoutMs: number;
  usd: number | null;
  tokens: number | null;
  turns: number | null;
}

export interface Answer {
  /** Not yet checked. Undefined when there is none. */
  value: unknown;
  usage: Usage;
  /** Why this is not the whole answer, in words; null when it is. */
  reason: string | null;
  durationMs: number;
  /** Calls of tools that were refused. */
  refused: string[];
}

/** Never throws for what the model, its program or its server does. */
export type Ask = (question: Question) => Promise<Answer>;

/** What engines need besides the question; keys come from the bot's own environment only (RL-4). */
export interface EngineParts {
  packages: string | null;
  claude: { executable: string | null; baseUrl: string | null; apiKey: string | undefined };
  codex: { executable: string | null; baseUrl: string | null; apiKey: string | undefined };
}

export const noUsage: Usage = { turns: null, tokens: null, usd: null };

export function failed(reason: string, durationMs = 0, usage: Usage = noUsage, refused: string[] = []): Answer {
  return { value: undefined, usage, reason, durationMs, refused };
}

/** One line fit for a report. */
export function oneLine(text: string, most = 300): string {
  const clean = text
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}

/** Aborts on the caller's signal, at the time limit, or with `stop`; says in words which it was. */
export function stopper(timeoutMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  let why: string | null = null;
  const stop = (reason: string) => {
    why ??= reason;
    controller.abort();
  };
  const timer = setTimeout(() => stop(`was stopped after ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
  const onAbort = () => stop('was cancelled');
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    controller,
    stop,
    why: () => why,
    release() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
