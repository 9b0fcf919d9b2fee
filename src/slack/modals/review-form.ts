import type { InputBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { type Scope, scopes } from '../../review/finding.js';
import { viewIds } from '../action-ids.js';
import { plainText } from '../blocks.js';
import { limits } from '../limits.js';
import { type Carried, option, pick } from './parts.js';

const scopeWords: Record<Scope, string> = {
  critical: 'critical: only what cannot wait (P0)',
  security: 'security',
  performance: 'performance',
  quality: 'quality',
  all: 'all',
};

/** What the form shows at first. */
export interface Prefilled {
  /** A repository's name, `tag:TAG` or `all`. */
  target?: string;
  scope?: string;
}

/** `/review-and-fix` without arguments: the same choices (SL-1). From the Home tab, which is no channel, it asks for one. */
export function reviewForm(repositories: readonly string[], channel: string | null, { target, scope }: Prefilled = {}): ModalView {
  const scopeOptions = scopes.map((each) => option(scopeWords[each], each));
  const carried: Carried = channel ? { channel } : {};
  return {
    type: 'modal',
    callback_id: viewIds.review,
    private_metadata: JSON.stringify(carried),
    title: plainText('Review and fix', limits.viewTitle),
    submit: plainText('Start', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      targetInput(repositories, target),
      {
        type: 'input',
        block_id: 'scope',
        label: plainText('Scope', 200),
        element: {
          type: 'static_select',
          action_id: 'value',
          options: scopeOptions,
          initial_option: scopeOptions.find(({ value }) => value === scope) ?? scopeOptions[0]!,
        },
      },
      {
        type: 'input',
        block_id: 'how',
        optional: true,
        label: plainText('How', 200),
        element: {
          type: 'checkboxes',
          action_id: 'value',
          options: [
            option('Fix what can be fixed without asking first', 'auto-fix'),
            option('Dry run: report only, write nothing', 'dry-run'),
          ],
        },
      },
      {
        type: 'input',
        block_id: 'since',
        optional: true,
        label: plainText('Only what came since', 200),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          max_length: 200,
          placeholder: plainText('a branch, tag or commit, such as v2.4.0', 150),
        },
      },
      ...(channel ? [] : [channelInput()]),
    ],
  };
}

function targetInput(repositories: readonly string[], chosen: string | undefined): InputBlock {
  const values = [...new Set([...repositories, 'all', ...(chosen?.startsWith('tag:') ? [chosen] : [])])];
  const choices = values.map((value) => ({ text: value === 'all' ? 'all repositories' : value, value }));
  return pick('target', 'Repository', choices, { chosen, hint: 'a name, tag:TAG or all' });
}

/** Slack gives an address for answers along, so that whoever started it can be asked for an invitation. */
function channelInput(): InputBlock {
  return {
    type: 'input',
    block_id: 'channel',
    label: plainText('Channel of its thread', 200),
    element: {
      type: 'conversations_select',
      action_id: 'value',
      response_url_enabled: true,
      filter: { include: ['public', 'private'], exclude_bot_users: true },
    },
  };
}

const Field = z.object({ value: z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }) });
const State = z.object({
  target: Field,
  scope: Field,
  how: z.object({ value: z.object({ selected_options: z.array(z.object({ value: z.string() })) }) }).optional(),
  since: Field.optional(),
});

const ChannelState = z.object({ channel: z.object({ value: z.object({ selected_conversation: z.string() }) }) });

/** The channel that was picked in a form that asks for one. */
export function channelOfForm(values: unknown): string | null {
  return ChannelState.safeParse(values).data?.channel.value.selected_conversation ?? null;
}

/** The form as the command one would have typed, so that both are read by the same parser. */
export function commandOfForm(values: unknown): string {
  const { target, scope, how, since } = State.parse(values);
  const read = (field: z.infer<typeof Field> | undefined) => (field?.value.selected_option?.value ?? field?.value.value ?? '').trim();
  const chosen = how?.value.selected_options.map(({ value }) => value) ?? [];
  const quote = (word: string) => `"${word.replaceAll('"', '')}"`;
  return [
    quote(read(target)),
    `--scope=${read(scope)}`,
    ...(chosen.includes('auto-fix') ? ['--auto-fix'] : []),
    ...(chosen.includes('dry-run') ? ['--dry-run'] : []),
    // One word as a whole: a value that begins with a dash must not pass for an option.
    ...(read(since) ? [quote(`--since=${read(since)}`)] : []),
  ].join(' ');
}
