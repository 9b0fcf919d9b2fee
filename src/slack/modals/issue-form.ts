import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { type Priority, priorities } from '../../review/finding.js';
import { viewIds } from '../action-ids.js';
import { plainText } from '../blocks.js';
import { limits, shown } from '../limits.js';
import { manyLines, oneLine, shorten } from '../text.js';
import { type Carried, option, pick } from './parts.js';

const priorityWords: Record<Priority, string> = { P0: 'P0: cannot wait', P1: 'P1: soon', P2: 'P2: when there is time' };

/** `said` is the message in readable words: its first line becomes the title, all of it the description. */
export function issueForm(
  said: string,
  { repositories, chosen, carried }: { repositories: readonly string[]; chosen: string | undefined; carried: Carried },
): ModalView {
  const options = priorities.map((priority) => option(priorityWords[priority], priority));
  const first = said.split('\n').map(oneLine).find(Boolean) ?? '';
  const title = shorten(first, shown.title);
  const description = shorten(manyLines(said), limits.inputLength);
  return {
    type: 'modal',
    callback_id: viewIds.issue,
    private_metadata: JSON.stringify(carried),
    title: plainText('Make an issue', limits.viewTitle),
    submit: plainText('File', limits.viewTitle),
    close: plainText('Back', limits.viewTitle),
    blocks: [
      pick(
        'repository',
        'Repository',
        repositories.map((name) => ({ text: name, value: name })),
        { chosen, hint: 'the name of a repository' },
      ),
      {
        type: 'input',
        block_id: 'title',
        label: plainText('Title', 200),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          min_length: 3,
          max_length: 200,
          ...(title ? { initial_value: title } : {}),
        },
      },
      {
        type: 'input',
        block_id: 'description',
        optional: true,
        label: plainText('Description', 200),
        element: {
          type: 'plain_text_input',
          action_id: 'value',
          multiline: true,
          max_length: limits.inputLength,
          ...(description ? { initial_value: description } : {}),
        },
      },
      {
        type: 'input',
        block_id: 'priority',
        label: plainText('Priority', 200),
        element: { type: 'static_select', action_id: 'value', options, initial_option: options[1]! },
      },
    ],
  };
}

const Typed = z.object({ value: z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }) });
const State = z.object({ repository: Typed, title: Typed, description: Typed.optional(), priority: Typed });

export interface IssueTyped {
  repository: string;
  title: string;
  description: string;
  priority: Priority;
}

export function readIssueForm(values: unknown): IssueTyped {
  const { repository, title, description, priority } = State.parse(values);
  const read = (field: z.infer<typeof Typed> | undefined) => field?.value.selected_option?.value ?? field?.value.value ?? '';
  return {
    repository: read(repository).trim(),
    title: shorten(oneLine(read(title)), 200),
    description: manyLines(read(description)).slice(0, limits.inputLength),
    priority: z.enum(priorities).parse(read(priority)),
  };
}
