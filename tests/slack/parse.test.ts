import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../src/errors.js';
import { scopes } from '../../src/review/finding.js';
import { parseMahavishnu, parseMention, parseReviewAndFix } from '../../src/slack/commands/parse.js';

const repositories = ['api', 'web', 'api.io', 'billing-service'];
const review = (text: string) => parseReviewAndFix(text, { repositories });
const critical = { scope: 'critical', autoFix: false, dryRun: false, since: null };

function mistake(parse: () => unknown): [string, string | undefined] {
  try {
    parse();
  } catch (error) {
    if (error instanceof InvalidRequest) return [error.message, error.fixed];
    throw error;
  }
  throw new Error('nothing was wrong with it');
}

describe('/review-and-fix (SL-1)', () => {
  it('takes a repository, a tag or all, with critical as the scope', () => {
    expect(review('api')).toEqual({ kind: 'review', review: { target: { kind: 'repository', name: 'api' }, ...critical } });
    expect(review('tag:backend')).toMatchObject({ review: { target: { kind: 'tag', tag: 'backend' } } });
    expect(review('all')).toMatchObject({ review: { target: { kind: 'all' } } });
  });

  it('takes the options in any order, and as phones write them', () => {
    const all = { scope: 'security', autoFix: true, dryRun: true, since: 'v2.4.0' };
    expect(review('--since v2.4.0 api --auto-fix --scope security --dry-run')).toMatchObject({ review: all });
    expect(review('—scope=Security “api” —auto-fix —dry-run —since v2.4.0')).toMatchObject({ review: all });
  });

  it('opens the form without arguments, and explains itself', () => {
    expect(review('  ')).toEqual({ kind: 'form' });
    expect(review('help')).toMatchObject({ kind: 'help', lines: expect.stringContaining('--since REF') });
  });

  it.each([
    ['apii --scope security', 'I don\'t know a repository "apii". Did you mean api?', '/review-and-fix api --scope security'],
    ['API', 'I don\'t know a repository "API". Did you mean api?', '/review-and-fix api'],
    [
      'api --scope secuirty',
      'I don\'t know a scope "secuirty"; there are critical, security, performance, quality, all.',
      '/review-and-fix api --scope security',
    ],
    ['api --scope', '--scope needs one of critical, security, performance, quality, all.', '/review-and-fix api --scope critical'],
    ['api --autofix', 'I don\'t know the option "--autofix". Did you mean --auto-fix?', '/review-and-fix api --auto-fix'],
    ['api web', 'One repository, tag:TAG or all at a time; "web" is one too many.', '/review-and-fix api'],
    ['--dry-run', 'Which repository? Name one, or say tag:TAG or all.', '/review-and-fix api --dry-run'],
    ['api --since --dry-run', '--since needs a branch, tag or commit.', '/review-and-fix api --dry-run --since main'],
    ['api --since=-x', '"-x" is not a branch, tag or commit.', '/review-and-fix api --since main'],
    ['tag: --auto-fix', 'tag: needs the name of a tag.', '/review-and-fix all --auto-fix'],
    ['../../etc', 'I don\'t know a repository "../../etc". I know api, web, api.io, billing-service.', '/review-and-fix api'],
  ])('%s is answered with the repaired command', (text, message, fixed) => {
    expect(mistake(() => review(text))).toEqual([message, fixed]);
  });

  it('never fails otherwise, and what it offers to copy is always right', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'api',
        'all',
        'tag:x',
        '--scope',
        '--since',
        '--auto-fix',
        '--dry-run',
        '--scope=',
        '-',
        '--',
        '"',
        '—',
        '__proto__',
        '<!channel>',
        ...scopes,
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (all) => {
        try {
          review(all.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequest);
          const { fixed } = error as InvalidRequest;
          expect(review(fixed!.replace('/review-and-fix', '')).kind).toBe('review');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('/mahavishnu (SL-2)', () => {
  const mahavishnu = (text: string) => parseMahavishnu(text, { repositories });

  it('knows its subcommands', () => {
    expect(mahavishnu('')).toMatchObject({ kind: 'help' });
    expect(mahavishnu('runs')).toEqual({ kind: 'runs' });
    expect(mahavishnu('why r-7f3k')).toEqual({ kind: 'why', runId: 'r-7f3k' });
    expect(mahavishnu('Cancel `r-7f3k`')).toEqual({ kind: 'cancel', runId: 'r-7f3k' });
    expect(mahavishnu(' review-and-fix  api --scope all')).toMatchObject({ kind: 'review', review: { scope: 'all' } });
    expect(mahavishnu('review-and-fix')).toEqual({ kind: 'form' });
  });

  it.each([
    ['rnus', 'I don\'t know "rnus". Did you mean runs?', '/mahavishnu runs'],
    ['cancle r-7f3k', 'I don\'t know "cancle". Did you mean cancel?', '/mahavishnu cancel r-7f3k'],
    ['show', 'Which run? /mahavishnu runs lists them.', '/mahavishnu show RUN'],
    ['show r-1 r-2', 'One run at a time.', '/mahavishnu show r-1'],
    ["show '; drop table runs'", '"; drop table runs" is not the id of a run; /mahavishnu runs lists them.', '/mahavishnu runs'],
    ['review-and-fix apii', 'I don\'t know a repository "apii". Did you mean api?', '/mahavishnu review-and-fix api'],
    ['pause now', '"pause" takes nothing behind it.', '/mahavishnu pause'],
  ])('%s is answered with the repaired command', (text, message, fixed) => {
    expect(mistake(() => mahavishnu(text))).toEqual([message, fixed]);
  });

  it('never fails otherwise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        try {
          mahavishnu(text);
          parseMention(text, { repositories });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequest);
        }
      }),
    );
  });
});

describe('@Mahavishnu (SL-7)', () => {
  it('reads what Slack made of the text', () => {
    const said = '<@U0BOT> review <http://api.io|api.io> --scope all';
    expect(parseMention(said, { repositories })).toMatchObject({ kind: 'review', review: { target: { name: 'api.io' }, scope: 'all' } });
  });

  it('asks for the repository, and repairs the rest', () => {
    expect(mistake(() => parseMention('<@U0BOT> review', { repositories }))[1]).toBe('review api');
    expect(mistake(() => parseMention('<@U0BOT> reveiw web', { repositories }))[1]).toBe('review web');
  });
});
