import { InvalidRequest } from '../../errors.js';
import { oneLine, shorten } from '../text.js';
import { nearest, words } from './options.js';
import { type Known, parseReview, type ReviewCommand, reviewHelp } from './review.js';

export type Command =
  | { kind: 'review'; review: ReviewCommand }
  | { kind: 'form' }
  | { kind: 'cancel'; runId: string }
  | { kind: 'pause' | 'resume' }
  | Question
  | { kind: 'help'; lines: string };

/** What only looks. */
export type Question = { kind: 'show' | 'why'; runId: string } | { kind: 'runs' | 'approvals' | 'repos' | 'health' };

const subcommands = {
  'review-and-fix': 'review a repository, then fix what you choose (options as below)',
  runs: 'the last runs',
  'show RUN': 'one run: what was found, fixed, left',
  'why RUN': 'what a run waits for',
  'cancel RUN': 'stop a run and give its issues back',
  approvals: 'what waits for a person',
  repos: 'the repositories I know',
  pause: 'start nothing new (admins)',
  resume: 'go on (admins)',
  health: 'how I am',
  help: 'this list',
} as const;
const names = Object.keys(subcommands).map((usage) => usage.split(' ')[0]!);

type Repositories = { repositories: readonly string[] };

/** `/review-and-fix …` */
export function parseReviewAndFix(text: string, { repositories }: Repositories): Command {
  return reviewed(text, { command: '/review-and-fix', repositories });
}

/** `/mahavishnu SUBCOMMAND …`. Throws `InvalidRequest` with the repaired command. */
export function parseMahavishnu(text: string, { repositories }: Repositories): Command {
  const [first = 'help', ...rest] = words(text);
  const name = first.toLowerCase();
  const all = (subcommand: string) => ['/mahavishnu', subcommand, ...rest].join(' ');
  switch (name) {
    case 'help':
    case '--help':
    case '?':
      return { kind: 'help', lines: help() };
    case 'review-and-fix':
    case 'review':
      return reviewed(text.trim().slice(firstWordLength(text)), { command: '/mahavishnu review-and-fix', repositories });
    case 'show':
    case 'why':
    case 'cancel':
      return { kind: name, runId: oneRun(name, rest) };
    case 'runs':
    case 'approvals':
    case 'pause':
    case 'resume':
    case 'repos':
    case 'health':
      if (rest.length > 0) throw new InvalidRequest(`"${name}" takes nothing behind it.`, `/mahavishnu ${name}`);
      return { kind: name };
    default: {
      const meant = nearest(name, names);
      throw new InvalidRequest(
        `I don't know "${shorten(oneLine(first), 60)}".${meant ? ` Did you mean ${meant}?` : ` There are ${names.join(', ')}.`}`,
        meant ? shorten(oneLine(all(meant)), 300) : '/mahavishnu help',
      );
    }
  }
}

/** `@Mahavishnu review api --scope all`: what was said after the mention, as Slack escaped it. */
export function parseMention(text: string, { repositories }: Repositories): Command {
  const said = text
    .replace(/<@[A-Z0-9]+(\|[^>]*)?>/g, ' ')
    .replace(/<(?:https?|mailto):[^|>]*\|([^>]*)>/g, '$1') // Slack makes a link of a name such as `api.io`.
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
  const [first = 'help'] = words(said);
  if (/^(review|review-and-fix)$/i.test(first)) {
    const command = reviewed(said.slice(firstWordLength(said)), { command: 'review', repositories });
    if (command.kind !== 'form') return command;
    throw new InvalidRequest('Which repository? Name one, or say tag:TAG or all.', `review ${repositories[0] ?? 'all'}`);
  }
  if (/^(help|hi|hello)$/i.test(first))
    return { kind: 'help', lines: `Mention me with review, such as: review ${repositories[0] ?? 'all'} --scope all` };
  const meant = nearest(first, ['review', 'help']);
  throw new InvalidRequest(
    `I don't know "${shorten(oneLine(first), 60)}".${meant ? ` Did you mean ${meant}?` : ' Mentioned, I review; all else is /mahavishnu help.'}`,
    meant ? shorten(oneLine(`${meant} ${said.slice(firstWordLength(said)).trim()}`), 300) : undefined,
  );
}

function reviewed(text: string, known: Known): Command {
  const review = parseReview(text, known);
  if (review === null) return { kind: 'form' };
  return review === 'help' ? { kind: 'help', lines: reviewHelp(known.command) } : { kind: 'review', review };
}

const firstWordLength = (text: string) => /^\s*\S+/.exec(text)?.[0].trimStart().length ?? 0;

function oneRun(name: string, rest: string[]): string {
  const [runId, ...more] = rest;
  if (!runId) throw new InvalidRequest(`Which run? /mahavishnu runs lists them.`, `/mahavishnu ${name} RUN`);
  // Ids stand in messages as `r-7f3k`; anything else is not looked up at all.
  const id = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$/.exec(runId)?.[0];
  if (!id)
    throw new InvalidRequest(`"${shorten(oneLine(runId), 60)}" is not the id of a run; /mahavishnu runs lists them.`, '/mahavishnu runs');
  if (more.length > 0) throw new InvalidRequest('One run at a time.', `/mahavishnu ${name} ${id}`);
  return id;
}

let helpLines: string | undefined;
function help(): string {
  helpLines ??= [
    ...Object.entries(subcommands).map(([usage, what]) => `/mahavishnu ${usage}: ${what}`),
    '',
    reviewHelp('/review-and-fix'),
  ].join('\n');
  return helpLines;
}
