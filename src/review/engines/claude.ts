import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isBotError } from '../../errors.js';
import { redact } from '../../security/redact.js';
import type { Usage } from '../finding.js';
import { type Answer, type EngineParts, failed, oneLine, type Question, stopper } from './engine.js';
import { loadPackage } from './packages.js';
import { readOnlyTools, toolGuard } from './tool-guard.js';

const Sdk = z.object({
  query: z.custom<(request: { prompt: string; options: object }) => AsyncIterable<unknown>>((value) => typeof value === 'function'),
});

const count = z.number().nonnegative().catch(0);
const Tokens = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count.optional(),
  cache_read_input_tokens: count.optional(),
});
const AssistantMessage = z.object({
  type: z.literal('assistant'),
  message: z.object({ id: z.string().catch(''), usage: Tokens.optional() }),
});
const ResultMessage = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean().optional(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  structured_output: z.unknown().optional(),
  num_turns: count,
  total_cost_usd: z.number().nonnegative().optional(),
  modelUsage: z
    .record(
      z.string(),
      z.object({
        inputTokens: count,
        outputTokens: count,
        cacheReadInputTokens: count.optional(),
        cacheCreationInputTokens: count.optional(),
      }),
    )
    .optional(),
});
const Retry = z.object({ type: z.literal('system'), subtype: z.literal('api_retry'), error_status: z.number().nullable() });
type ResultMessage = z.infer<typeof ResultMessage>;

/** Asks Claude through the Agent SDK: it may read, search and list the files it was given, nothing else. */
export async function askClaude(question: Question, { packages, claude }: EngineParts): Promise<Answer> {
  const started = performance.now();
  const took = () => Math.round(performance.now() - started);
  if (!claude.apiKey) return failed("Claude cannot be asked: ANTHROPIC_API_KEY is not set in the bot's environment");
  let query: z.infer<typeof Sdk>['query'];
  try {
    query = Sdk.parse(await loadPackage('claude', packages)).query;
  } catch (error) {
    return failed(isBotError(error) ? error.userMessage : `the Claude Agent SDK cannot be loaded: ${words(error)}`);
  }
  const { limits } = question;
  const { controller, stop, why, release } = stopper(limits.timeoutMs, question.signal);
  const guard = toolGuard(question);
  // Kept outside of the loop: after an error result the iterator throws as well.
  let result: ResultMessage | undefined;
  let thrown: unknown;
  let trouble: string | undefined;
  const perMessage = new Map<string, number>();
  try {
    const folders = {
      HOME: join(question.home, 'home'),
      CLAUDE_CONFIG_DIR: join(question.home, 'claude'),
      TMPDIR: join(question.home, 'tmp'),
    };
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
    const options = {
      abortController: controller,
      cwd: question.folder,
      systemPrompt: question.system,
      ...(question.model === null ? {} : { model: question.model }),
      tools: [...readOnlyTools],
      permissionMode: 'default',
      // Reading inside the folder asks nobody, so the guard also stands before every call.
      hooks: { PreToolUse: [{ hooks: [guard.hook] }] },
      canUseTool: guard.canUseTool,
      settingSources: [],
      mcpServers: {},
      strictMcpConfig: true,
      verbatimPrompts: true,
      persistSession: false,
      outputFormat: { type: 'json_schema', schema: question.schema },
      ...(limits.turns === null ? {} : { maxTurns: limits.turns }),
      ...(limits.usd === null ? {} : { maxBudgetUsd: limits.usd }),
      ...(claude.executable === null ? {} : { pathToClaudeCodeExecutable: claude.executable }),
      // Replaces the whole environment.
      env: {
        ...(process.env.PATH === undefined ? {} : { PATH: process.env.PATH }),
        LANG: 'C.UTF-8',
        ...folders,
        ANTHROPIC_API_KEY: claude.apiKey,
        ...(claude.baseUrl === null ? {} : { ANTHROPIC_BASE_URL: claude.baseUrl }),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '4',
        DISABLE_TELEMETRY: '1',
        DISABLE_ERROR_REPORTING: '1',
        DISABLE_AUTOUPDATER: '1',
      },
    };
    for await (const message of query({ prompt: question.prompt, options })) {
      const said = AssistantMessage.safeParse(message);
      if (said.success && said.data.message.usage) {
        const { id, usage } = said.data.message;
        // One message of the model comes in several parts, each with the same count so far.
        perMessage.set(id, Math.max(perMessage.get(id) ?? 0, sum(usage)));
        if (limits.tokens !== null && total(perMessage) > limits.tokens) stop(`was stopped at its budget of ${limits.tokens} tokens`);
      }
      const retry = Retry.safeParse(message).data;
      if (retry)
        trouble = retry.error_status === null ? 'its server does not answer' : `its server answers with status ${retry.error_status}`;
      // Asking again with the same key changes nothing.
      if (retry?.error_status === 401 || retry?.error_status === 403)
        stop(`was refused (status ${retry.error_status}); check ANTHROPIC_API_KEY`);
      const ended = ResultMessage.safeParse(message);
      if (ended.success) result = ended.data;
    }
  } catch (error) {
    thrown = error;
  } finally {
    release();
  }
  const usage = usageOf(result, perMessage);
  const stopped = why();
  const reason = whyNoAnswer(stopped === null || trouble === undefined ? stopped : `${stopped}; ${trouble}`, result, thrown, usage, limits);
  return { value: reason === null ? result?.structured_output : undefined, usage, reason, durationMs: took(), refused: guard.refused };
}

function usageOf(result: ResultMessage | undefined, perMessage: ReadonlyMap<string, number>): Usage {
  const byModel = Object.values(result?.modelUsage ?? {}).reduce(
    (all, { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheCreationInputTokens = 0 }) =>
      all + inputTokens + outputTokens + cacheReadInputTokens + cacheCreationInputTokens,
    0,
  );
  return {
    turns: result?.num_turns ?? perMessage.size,
    tokens: Math.max(byModel, total(perMessage)),
    usd: result?.total_cost_usd ?? null,
  };
}

const sum = ({ input_tokens, output_tokens, cache_creation_input_tokens = 0, cache_read_input_tokens = 0 }: z.infer<typeof Tokens>) =>
  input_tokens + output_tokens + cache_creation_input_tokens + cache_read_input_tokens;
const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, one) => all + one, 0);
const words = (error: unknown) => oneLine(redact(error instanceof Error ? error.message : String(error)));

function whyNoAnswer(
  stopped: string | null,
  result: ResultMessage | undefined,
  thrown: unknown,
  usage: Usage,
  limits: Question['limits'],
): string | null {
  if (stopped !== null) return `Claude ${stopped}`;
  if (result === undefined) return thrown === undefined ? 'Claude ended without a result' : `Claude failed: ${words(thrown)}`;
  switch (result.subtype) {
    case 'success':
      if (result.is_error === true) return `Claude failed: ${oneLine(redact(result.result ?? 'no reason given'))}`;
      if (limits.tokens !== null && (usage.tokens ?? 0) > limits.tokens)
        return `Claude was stopped at its budget of ${limits.tokens} tokens`;
      return result.structured_output === undefined ? 'Claude did not answer in the form it was asked for' : null;
    case 'error_max_turns':
      return `Claude was stopped after ${limits.turns ?? result.num_turns} turns without an answer`;
    case 'error_max_budget_usd':
      return `Claude was stopped at its budget of ${limits.usd ?? 0} USD`;
    case 'error_max_structured_output_retries':
      return 'Claude did not answer in the form it was asked for';
    default:
      return `Claude failed: ${oneLine(redact(result.errors?.join('; ') || result.subtype))}`;
  }
}
