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

/** What stands behind its name, of which the library says another place, or before the name of its kind. */
const named = {
  key: 'hW4sTq9zLmXc7vBn2KdE/R6uJp3aGf8oNi5tQw1e',
  personal: `ghp_${'Zq8Wm2Xk7V'.repeat(3)}t5R9y1`,
  token: '6f1d0c7a-93be-4c52-8e17-5ab1f0d2c934',
};

describe('secrets', async () => {
  const folder = tree({
    ...Object.fromEntries(Object.entries(secrets).map(([kind, value]) => [`src/${kind}.js`, `export const value = '${value}';\n`])),
    'src/eval.js': `export const f = () => eval("${secrets.github}" + globalThis.name); // ${secrets.stripe}\n`,
    'src/settings.py': 'password = "hunter2hunter2"\nDEBUG = undefined_name  # hunter2hunter2\n',
    'tests/client.test.js': `export const value = '${secrets.slack}';\n`,
    'src/typed.js': `export const value = '${named.personal}';\n\n// One of the GitHub personal access tokens.\n`,
    'README.md': `Try it with ${secrets.github}\n`,
    'src/cloud.py': `client(region="eu", aws_secret_access_key="${named.key}", again=missing_name("${named.key}"))\n`,
    'src/cloud.ini': `"AWS_SECRET_ACCESS_KEY"  =>${' '.repeat(60)}"${named.key}"\n`,
    'src/.npmrc': `//registry.example.com/:_authToken=${named.token}\n`,
  });
  const { findings } = await review(folder);

  it('of every kind are found, and need a person', () => {
    const found = findings.filter(({ rule, file }) => rule.startsWith('secretlint/') && file.startsWith('src/'));
    for (const kind of Object.keys(secrets)) expect(found.map(({ file }) => file)).toContain(`src/${kind}.js`);
    for (const finding of found) {
      // Google's keys of pages and apps are public by design, and look like any other of its keys.
      const urgency =
        finding.rule === 'secretlint/google'
          ? { priority: 'P2', severity: 'medium' }
          : finding.check?.by === 'told once'
            ? { priority: 'P2', severity: 'high' }
            : { priority: 'P0', severity: 'critical' };
      expect(finding).toMatchObject({ ...urgency, fixer: null, perspective: 'security' });
    }
    // What eval.js has is in these files as well.
    expect(
      found
        .filter(({ check }) => check?.by === 'told once')
        .map(({ file }) => file)
        .sort(),
    ).toEqual(['src/cloud.py', 'src/github.js', 'src/stripe.js']);
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

  it('are masked to their last letter behind their names', () => {
    const found = findings.filter(({ rule }) => /^secretlint\/(aws|npm)$/.test(rule));
    expect(found.map(({ file }) => file).sort()).toEqual(['src/.npmrc', 'src/cloud.ini', 'src/cloud.py']);
    expect(findings.some(({ rule, file }) => rule === 'ruff/F821' && file === 'src/cloud.py')).toBe(true);
    expect(findings.find(({ file }) => file === 'src/typed.js')).toMatchObject({ rule: 'secretlint/github', startLine: 1 });
    const everything = JSON.stringify(findings);
    for (const value of Object.values(named))
      for (let at = 0; at + 6 <= value.length; at += 1) expect(everything).not.toContain(value.slice(at, at + 6));
  });

  it('leave no trace in the fingerprint', async () => {
    const other = secrets.slack.replace('abcdefghijklmnopqrstuvwx', 'zyxwvutsrqponmlkjihgfedc');
    const again = await review(tree({ 'src/slack.js': `export const value = '${other}';\n` }));
    expect(again.findings[0]!.fingerprint).toBe(findings.find(({ file }) => file === 'src/slack.js')!.fingerprint);
  });
});
