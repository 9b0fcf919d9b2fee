import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { addChangelogEntry } from '../../src/release/changelog.js';
import { parseCommit } from '../../src/release/commits.js';
import { readVersion, suggestVersion, versionWarning } from '../../src/release/suggest.js';

describe('Conventional Commits', () => {
  it('reads type, scope, mark and footer', () => {
    expect(parseCommit('feat(api)!: drop v1\n\nbody')).toEqual({
      type: 'feat',
      scope: 'api',
      subject: 'drop v1',
      breaking: true,
      bump: 'major',
    });
    expect(parseCommit('fix: a\r\n\r\nBREAKING CHANGE: b')).toMatchObject({ type: 'fix', breaking: true, bump: 'major' });
    expect(parseCommit('Fix: a\n\nBREAKING-CHANGE: b').bump).toBe('major');
    expect(parseCommit('perf: faster').bump).toBe('patch');
    expect(parseCommit('docs: BREAKING CHANGE in words').bump).toBeNull();
    expect(parseCommit('fix: a\n\nthis is not a BREAKING CHANGE: no').breaking).toBe(false);
    for (const text of ['Merge branch x', 'feat no colon', 'feat:no space', 'feat(a: x', ': x', ''])
      expect(parseCommit(text).type, text).toBe('');
  });

  it('reads back what was put together, and never throws', () => {
    const word = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
    const subject = fc.stringMatching(/^\S[ -~]{0,40}\S$/);
    fc.assert(
      fc.property(word, fc.option(fc.stringMatching(/^[a-z/ -]{0,8}[a-z]$/)), fc.boolean(), subject, (type, scope, mark, text) => {
        const commit = parseCommit(`${type}${scope === null ? '' : `(${scope})`}${mark ? '!' : ''}: ${text}`);
        expect(commit).toMatchObject({ type, scope: scope?.trim() ?? null, breaking: mark, subject: text.trim() });
      }),
    );
    fc.assert(fc.property(fc.string({ maxLength: 3_000 }), (text) => parseCommit(text).subject.length >= 0));
  });
});

describe('the suggested version (RL-1)', () => {
  it('follows the commits, and the fixes when there are none', () => {
    expect(suggestVersion({ current: '2.4.0', commits: [], fixes: 6 })).toEqual({
      version: '2.4.1',
      bump: 'patch',
      reason: '6 fixes, no feature, no breaking change',
      options: { patch: '2.4.1', minor: '2.5.0', major: '3.0.0' },
    });
    expect(suggestVersion({ current: '2.4.0', commits: ['fix: a', 'feat: b'], fixes: 0 })).toMatchObject({
      version: '2.5.0',
      bump: 'minor',
    });
    expect(suggestVersion({ current: '2.4.0', commits: ['fix: a', 'chore!: b'], fixes: 0 })).toMatchObject({
      version: '3.0.0',
      reason: '1 fix, no feature, 1 breaking change',
    });
    expect(suggestVersion({ current: '0.4.0', commits: ['feat!: b'], fixes: 0 })).toMatchObject({
      version: '0.5.0',
      reason: expect.stringContaining('below 1.0.0'),
    });
    expect(suggestVersion({ current: '1.0.0-beta.2', commits: ['fix: a'], fixes: 0 }).version).toBe('1.0.0');
    expect(suggestVersion({ current: '2.4', commits: [], fixes: 1 }).version).toBe('2.4.1');
  });

  it('warns about a version lower than implied', () => {
    const suggestion = suggestVersion({ current: '2.4.0', commits: ['feat: b'], fixes: 0 });
    expect(versionWarning('2.4.1', suggestion)).toBe(
      '2.4.1 is lower than the commits imply: 2.5.0 (no fix, 1 feature, no breaking change)',
    );
    expect(versionWarning('2.5.0', suggestion)).toBeNull();
  });

  it('refuses what is no version', () => {
    for (const text of ['', 'latest', '1', '1.2.3.4', '{version}', '0.0.0.dev'])
      expect(() => readVersion(text), text).toThrow(/is not a version/);
  });

  it('is always higher than the current one, and the options are in order', () => {
    const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(
        version,
        fc.array(fc.constantFrom('feat: a', 'fix: b', 'docs: c', 'x!: d', 'Merge')),
        fc.nat(5),
        (current, commits, fixes) => {
          const { version: next, options, bump } = suggestVersion({ current, commits, fixes });
          expect(semver.gt(next, current)).toBe(true);
          expect(next).toBe(options[bump]);
          expect(semver.lt(options.patch, options.minor) && semver.lt(options.minor, options.major)).toBe(true);
        },
      ),
    );
  });
});

describe('the changelog', () => {
  const entry = {
    version: '2.4.1',
    date: '2026-11-21',
    commits: ['fix(sync): retry\n\nbody', 'feat: <b>batch</b>', 'docs: x', 'fix(sync): retry'],
    fixes: ['MHV-012 URL is checked'],
  };

  it('is made, and gets its entry above the last version', () => {
    const made = addChangelogEntry(null, entry);
    expect(made).toMatchInlineSnapshot(`
      "# Changelog

      All notable changes to this project are documented in this file, in the format of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

      ## [2.4.1] - 2026-11-21

      ### Added

      - &lt;b&gt;batch&lt;/b&gt;

      ### Fixed

      - sync: retry
      - MHV-012 URL is checked
      "
    `);
    const next = addChangelogEntry(made, { ...entry, version: '2.5.0' });
    expect(next.match(/^## .*/gm)).toEqual(['## [2.5.0] - 2026-11-21', '## [2.4.1] - 2026-11-21']);
    expect(next).toContain(made.slice(made.indexOf('## [2.4.1]')));
  });

  it('leaves "Unreleased" first, the rest as it is, and code blocks alone', () => {
    const old = '# Changes\r\n\r\n```\r\n## 0.0.0\r\n```\r\n\r\n## [Unreleased]\r\n\r\n- soon\r\n\r\n## v2.4.0 (old)\r\n\r\n* x\r\n';
    const next = addChangelogEntry(old, entry);
    expect(next.match(/^## .*(?=\r)/gm)).toEqual(['## 0.0.0', '## [Unreleased]', '## [2.4.1] - 2026-11-21', '## v2.4.0 (old)']);
    expect(next.replaceAll('\r\n', '')).not.toContain('\n');
    expect(next.endsWith(old.slice(old.indexOf('## v2.4.0')))).toBe(true);
  });

  it('is the same after a second time, whatever it held', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('# T', '## [1.0.0]', '## [Unreleased]', '', 'text', '```'), { maxLength: 12 }), (lines) => {
        const once = addChangelogEntry(lines.join('\n'), entry);
        expect(addChangelogEntry(once, entry)).toBe(once);
      }),
    );
  });
});
