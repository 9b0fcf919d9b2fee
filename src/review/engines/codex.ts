import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isBotError } from '../../errors.js';
import { redact } from '../../security/redact.js';
import { type Answer, type EngineParts, failed, oneLine, type Question, stopper } from './engine.js';
import { loadPackage, makersFolder } from './packages.js';

interface Thread {
  runStreamed(input: string, options: object): Promise<{ events: AsyncIterable<unknown> }>;
}
const Sdk = z.object({
  Codex: z.custom<new (options: object) => { startThread(options: object): Thread }>((value) => typeof value === 'function'),
});

const count = z.number().nonnegative().catch(0);
const Event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('item.completed'),
    item: z.looseObject({ type: z.string(), text: z.string().optional(), message: z.string().optional() }),
  }),
  z.object({ type: z.literal('turn.completed'), usage: z.object({ input_tokens: count, output_tokens: count }) }),
  z.object({ type: z.literal('turn.failed'), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);

/** A token is about four characters of code. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Asks Codex through its SDK. It reads by running commands, so what holds it is its sandbox: nothing can be written, no network, no
 * search, and its commands see neither the key nor anything else of the environment.
 */
export async function askCodex(question: Question, { packages, codex }: EngineParts): Promise<Answer> {
  const started = performance.now();
  if (!codex.apiKey) return failed("Codex cannot be asked: OPENAI_API_KEY is not set in the bot's environment");
  let Codex: z.infer<typeof Sdk>['Codex'];
  try {
    Codex = Sdk.parse(await loadPackage('codex', packages)).Codex;
  } catch (error) {
    return failed(isBotError(error) ? error.userMessage : `the Codex SDK cannot be loaded: ${words(error)}`);
  }
  const { limits } = question;
  const { controller, stop, why, release } = stopper(limits.timeoutMs, question.signal);
  const refused: string[] = [];
  let text: string | undefined;
  let problem: string | undefined;
  let reported: number | undefined;
  let turns = 0;
  // Codex says what it took only at the end. Until then: each turn sends everything said so far once more.
  let said = question.system.length + question.prompt.length;
  let estimated = 0;
  const overBudget = () => limits.tokens !== null && (reported ?? estimated) > limits.tokens;
  try {
    const folders = { HOME: join(question.home, 'home'), CODEX_HOME: join(question.home, 'codex'), TMPDIR: join(question.home, 'tmp') };
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
    const program = codex.executable === null ? makersFolder('codex', packages) : dirname(await realpath(codex.executable));
    const readable = [':minimal', question.folder, program].map((path) => `${JSON.stringify(path)}="read"`).join(',');
    const client = new Codex({
      apiKey: codex.apiKey,
      ...(codex.executable === null ? {} : { codexPathOverride: codex.executable }),
      env: { ...(process.env.PATH === undefined ? {} : { PATH: process.env.PATH }), LANG: 'C.UTF-8', ...folders },
      config: {
        developer_instructions: question.system,
        // AGENTS.md of the repository would be read as instructions.
        project_doc_max_bytes: 0,
        shell_environment_policy: { inherit: 'none', set: { PATH: '/usr/local/bin:/usr/bin:/bin' } },
        allow_login_shell: false,
        // The mode "read-only" may read the whole machine; this one reads the tree, what programs need, and Codex's own program.
        default_permissions: 'reviewer',
        features: { multi_agent: false, plugins: false, apps: false, skills: false },
        history: { persistence: 'none' },
        analytics: { enabled: false },
        ...(codex.baseUrl === null ? {} : gateway(codex.baseUrl)),
        check_for_update_on_startup: false,
      },
      // As one value: a key is cut at each dot, even within quotes.
      configOverrides: [`permissions={reviewer={filesystem={${readable}},network={enabled=false}}}`],
    });
    const thread = client.startThread({
      workingDirectory: question.folder,
      skipGitRepoCheck: true,
      approvalPolicy: 'never',
      webSearchMode: 'disabled',
      ...(question.model === null ? {} : { model: question.model }),
    });
    const { events } = await thread.runStreamed(question.prompt, { outputSchema: question.schema, signal: controller.signal });
    for await (const raw of events) {
      const event = Event.safeParse(raw).data;
      if (event?.type === 'item.completed') {
        const { item } = event;
        turns += 1;
        said += JSON.stringify(item).length;
        estimated += Math.ceil(said / CHARACTERS_PER_TOKEN);
        if (item.type === 'agent_message') text = item.text;
        if (item.type === 'command_execution' && item.status === 'failed') refused.push(oneLine(`command ${String(item.command)}`, 200));
        if (item.type === 'file_change') refused.push('a change of a file');
        if (limits.turns !== null && turns > limits.turns) stop(`was stopped after ${limits.turns} turns without an answer`);
      } else if (event?.type === 'turn.completed') reported = event.usage.input_tokens + event.usage.output_tokens;
      else if (event?.type === 'turn.failed') problem = event.error.message;
      else if (event?.type === 'error') problem ??= event.message;
      if (overBudget()) stop(`was stopped at its budget of ${limits.tokens} tokens`);
    }
  } catch (error) {
    problem ??= error instanceof Error ? error.message : String(error);
  } finally {
    release();
  }
  const usage = { turns, tokens: reported ?? (estimated > 0 ? estimated : null), usd: null };
  const durationMs = Math.round(performance.now() - started);
  const stopped = why();
  if (stopped !== null) return failed(`Codex ${stopped}`, durationMs, usage, refused);
  if (reported === undefined) {
    return failed(`Codex failed: ${oneLine(redact(problem ?? 'it ended without a result', [codex.apiKey]))}`, durationMs, usage, refused);
  }
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return failed('Codex did not answer in the form it was asked for', durationMs, usage, refused);
  }
  return { value, usage, reason: null, durationMs, refused };
}

/** A server of the owner's own is asked by plain requests: Codex would try web sockets first, for seconds. */
function gateway(base_url: string) {
  const provider = { name: 'gateway', base_url, env_key: 'CODEX_API_KEY', wire_api: 'responses', supports_websockets: false };
  return { model_provider: 'gateway', model_providers: { gateway: provider } };
}

const words = (error: unknown) => oneLine(redact(error instanceof Error ? error.message : String(error)));
