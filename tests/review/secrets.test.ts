import { describe, expect, it } from 'vitest';
import { review, tree } from './support.js';

// Put together here: this repository holds nothing that looks like a token.
const secrets = {
  slack: ['xoxb', '204857391066', '2048573910663', 'abcdefghijklmnopqrstuvwx'].join('-'),
  github: `ghp_${'a1B2c3D4e5'.repeat(3)}f6G7h8`,
  stripe: ['sk', 'live', 'a1B2c3D4e5F6g7H8i9J0k1L2'].join('_'),
  google: `AIza${'Sy0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, 35)}`,
  database: ['postgres://app:', 'Sup3rS3cretPw', '@db.example.com:5432/app'].join(''),
};

describe('secrets', async () => {
  const folder = tree({
    ...Object.fromEntries(Object.entries(secrets).map(([kind, value]) => [`src/${kind}.js`, `export const value = '${value}';\n`])),
    'src/eval.js': `export const f = () => eval("${secrets.github}" + globalThis.name); // ${secrets.stripe}\n`,
    'src/settings.py': 'password = "hunter2hunter2"\nDEBUG = undefined_name  # hunter2hunter2\n',
    'tests/client.test.js': `export const value = '${secrets.slack}';\n`,
    'README.md': `Try it with ${secrets.github}\n`,
  });
  const { findings } = await review(folder);

  it('of every kind are found, and need a person', () => {
    const found = findings.filter(({ rule, file }) => rule.startsWith('secretlint/') && file.startsWith('src/'));
    for (const kind of Object.keys(secrets)) expect(found.map(({ file }) => file)).toContain(`src/${kind}.js`);
    for (const finding of found) {
      // Google's keys of pages and apps are public by design, and look like any other of its keys.
      const urgency =
        finding.rule === 'secretlint/google' ? { priority: 'P2', severity: 'medium' } : { priority: 'P0', severity: 'critical' };
      expect(finding).toMatchObject({ ...urgency, fixer: null, perspective: 'security' });
    }
  });

  it('count little in tests and docs', () => {
    const elsewhere = findings.filter(({ rule, file }) => rule.startsWith('secretlint/') && !file.startsWith('src/'));
    expect(elsewhere.map(({ file, priority, severity }) => [file, priority, severity])).toEqual([
      ['README.md', 'P2', 'low'],
      ['tests/client.test.js', 'P2', 'low'],
    ]);
  });

  it('stand nowhere in what a review returns, also where another rule quotes the line', () => {
    const everything = JSON.stringify(findings);
    expect(findings.some(({ rule }) => rule === 'oxlint/no-eval')).toBe(true);
    expect(findings.some(({ rule, evidence }) => rule === 'ruff/F821' && evidence.includes('[redacted]'))).toBe(true);
    for (const value of [...Object.values(secrets), 'hunter2hunter2', 'Sup3rS3cretPw']) expect(everything).not.toContain(value);
  });

  it('leave no trace in the fingerprint', async () => {
    const other = secrets.slack.replace('abcdefghijklmnopqrstuvwx', 'zyxwvutsrqponmlkjihgfedc');
    const again = await review(tree({ 'src/slack.js': `export const value = '${other}';\n` }));
    expect(again.findings[0]!.fingerprint).toBe(findings.find(({ file }) => file === 'src/slack.js')!.fingerprint);
  });
});
