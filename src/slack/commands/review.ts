import { InvalidRequest } from '../../errors.js';
import { type Scope, scopes } from '../../review/finding.js';
import { oneLine, shorten } from '../text.js';
import { nearest, words } from './options.js';

type Target = { kind: 'repository'; name: string } | { kind: 'tag'; tag: string } | { kind: 'all' };

/** What SL-1 can say. */
export interface ReviewCommand {
  target: Target;
  scope: Scope;
  autoFix: boolean;
  dryRun: boolean;
  since: string | null;
}

export interface Known {
  /** How the command begins, for the repaired one: `/review-and-fix`, `/mahavishnu review-and-fix`, `review`. */
  command: string;
  repositories: readonly string[];
}

const flags = ['--scope', '--auto-fix', '--dry-run', '--since', '--help'] as const;
const tagFormat = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
/** A git reference as people write it; a leading dash would be an option to git. */
const sinceFormat = /^[A-Za-z0-9@][A-Za-z0-9._/@^~{}+-]{0,199}$/;

/** Null when nothing but the command was typed: then a form is shown. Throws `InvalidRequest` with the repaired command. */
export function parseReview(text: string, known: Known): ReviewCommand | 'help' | null {
  const typed = words(text);
  if (typed.length === 0) return null;
  if (typed.length === 1 && /^(help|--help|-h|\?)$/.test(typed[0]!)) return 'help';

  const draft: Draft = { target: null, scope: null, autoFix: false, dryRun: false, since: null };
  // The first mistake is told, but the repaired command needs what stands behind it as well.
  let mistake: string | null = null;
  const wrong = (message: string) => {
    mistake ??= message;
  };
  const rest = [...typed];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word.startsWith('-')) readOption(word, rest, draft, known, wrong);
    else if (draft.target === null) draft.target = word;
    else wrong(`One repository, tag:TAG or all at a time; "${quoted(word)}" is one too many.`);
  }
  const target = readTarget(draft, known, wrong);
  if (mistake !== null) throw new InvalidRequest(mistake, repaired(draft, known));
  return { target: target!, scope: draft.scope ?? 'critical', autoFix: draft.autoFix, dryRun: draft.dryRun, since: draft.since };
}

interface Draft {
  target: string | null;
  scope: Scope | null;
  autoFix: boolean;
  dryRun: boolean;
  since: string | null;
}

function readOption(word: string, rest: string[], draft: Draft, known: Known, wrong: (message: string) => void): void {
  const [name = '', ...after] = word.split('=');
  const inline = after.length > 0 ? after.join('=') : null;
  const flag = (flags as readonly string[]).includes(name) ? name : null;
  if (!flag) wrong(unknownOption(name));
  const meant = flag ?? nearest(name, flags);
  const value = () => inline ?? (rest[0] !== undefined && !rest[0].startsWith('-') ? rest.shift()! : null);
  switch (meant) {
    case '--scope': {
      if (draft.scope) wrong('There can be one --scope.');
      const given = value();
      const scope = given === null ? null : scopes.find((each) => each === given.toLowerCase());
      if (scope) draft.scope = scope;
      else {
        wrong(
          given === null
            ? `--scope needs one of ${scopes.join(', ')}.`
            : `I don't know a scope "${quoted(given)}"; there are ${scopes.join(', ')}.`,
        );
        draft.scope = (nearest(given ?? '', scopes) as Scope | null) ?? 'critical';
      }
      return;
    }
    case '--since': {
      if (draft.since) wrong('There can be one --since.');
      const given = value();
      if (given !== null && sinceFormat.test(given) && !given.includes('..')) draft.since = given;
      else {
        wrong(given === null ? '--since needs a branch, tag or commit.' : `"${quoted(given)}" is not a branch, tag or commit.`);
        draft.since = 'main';
      }
      return;
    }
    case '--auto-fix':
    case '--dry-run':
      if (inline !== null) wrong(`${meant} takes no value.`);
      draft[meant === '--auto-fix' ? 'autoFix' : 'dryRun'] = true;
      return;
    case '--help':
      wrong(`For help, type ${known.command} help.`);
      return;
    default:
      return;
  }
}

function unknownOption(name: string): string {
  const meant = nearest(name, flags);
  return `I don't know the option "${quoted(name)}".${meant ? ` Did you mean ${meant}?` : ` There are ${flags.slice(0, 4).join(', ')}.`}`;
}

/** Corrects the draft's target to what was probably meant, so that the repaired command can be copied. */
function readTarget(draft: Draft, { repositories }: Known, wrong: (message: string) => void): Target | null {
  const { target } = draft;
  if (target === null) {
    wrong('Which repository? Name one, or say tag:TAG or all.');
    draft.target = repositories[0] ?? 'all';
    return null;
  }
  if (target.toLowerCase() === 'all' && !repositories.includes(target)) return { kind: 'all' };
  if (/^tag:/i.test(target)) {
    const tag = target.slice(4);
    if (tagFormat.test(tag)) return { kind: 'tag', tag };
    wrong(tag === '' ? 'tag: needs the name of a tag.' : `"${quoted(tag)}" cannot be a tag: letters, digits, dots and dashes.`);
    draft.target = 'all';
    return null;
  }
  if (repositories.includes(target)) return { kind: 'repository', name: target };
  const meant = nearest(target, [...repositories, 'all']);
  wrong(`I don't know a repository "${quoted(target)}".${meant ? ` Did you mean ${meant}?` : ` I know ${known(repositories)}.`}`);
  draft.target = meant ?? repositories[0] ?? 'all';
  return null;
}

const known = (repositories: readonly string[]) =>
  repositories.length === 0 ? 'none yet; name one in settings/repos.yaml' : shorten(repositories.slice(0, 8).join(', '), 200);

const quoted = (word: string) => shorten(oneLine(word), 60);

function repaired({ target, scope, autoFix, dryRun, since }: Draft, { command }: Known): string {
  const options = [scope && `--scope ${scope}`, autoFix && '--auto-fix', dryRun && '--dry-run', since && `--since ${since}`];
  return [command, target, ...options].filter(Boolean).join(' ');
}

export const reviewHelp = (command: string) =>
  [
    `${command} [REPO | tag:TAG | all] [--scope ${scopes.join('|')}] [--auto-fix] [--dry-run] [--since REF]`,
    'Without arguments a form opens. The scope is critical unless you say otherwise.',
    '--auto-fix: fix what can be fixed without asking first · --dry-run: report only, write nothing · --since REF: only what came since',
  ].join('\n');
