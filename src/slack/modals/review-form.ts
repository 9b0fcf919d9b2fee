import type { InputBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { type Scope, scopes } from '../../review/finding.js';
import { viewIds } from '../action-ids.js';
import { plainText } from '../blocks.js';
import { limits } from '../limits.js';
import type { Carried } from './parts.js';

const scopeWords: Record<Scope, string> = {
  critical: 'critical: only what cannot wait (P0)',
  security: 'security',
  performance: 'performance',
  quality: 'quality',
  all: 'all',
};

/** `/review-and-fix` without arguments: the same choices (SL-1). */
export function reviewForm(repositories: readonly string[], channel: string): ModalView {
  const option = (text: string, value: string) => ({ text: plainText(text, limits.optionText), value });
  const scopeOptions = scopes.map((scope) => option(scopeWords[scope], scope));
  const carried: Carried = { channel };
  return {
    type: 'modal',
    callback_id: viewIds.review,
    private_metadata: JSON.stringify(carried),
    title: plainText('Review and fix', limits.viewTitle),
    submit: plainText('Start', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      targetInput(repositories),
      {
        type: 'input',
        block_id: 'scope',
        label: plainText('Scope', 200),
        element: { type: 'static_select', action_id: 'value', options: scopeOptions, initial_option: scopeOptions[0]! },
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
    ],
  };
}

/** A list to pick from, or a field to type in when there are more repositories than a list may have. */
function targetInput(repositories: readonly string[]): InputBlock {
  const label = plainText('Repository', 200);
  const fits =
    repositories.length < limits.selectOptions && repositories.every((name) => name.length <= limits.optionValue && name.length > 0);
  if (!fits)
    return {
      type: 'input',
      block_id: 'target',
      label,
      element: { type: 'plain_text_input', action_id: 'value', max_length: 200, placeholder: plainText('a name, tag:TAG or all', 150) },
    };
  const options = [...repositories, ...(repositories.includes('all') ? [] : ['all'])].map((name) => ({
    text: plainText(name === 'all' ? 'all repositories' : name, limits.optionText),
    value: name,
  }));
  return { type: 'input', block_id: 'target', label, element: { type: 'static_select', action_id: 'value', options } };
}

const Field = z.object({ value: z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }) });
const State = z.object({
  target: Field,
  scope: Field,
  how: z.object({ value: z.object({ selected_options: z.array(z.object({ value: z.string() })) }) }).optional(),
  since: Field.optional(),
});

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
