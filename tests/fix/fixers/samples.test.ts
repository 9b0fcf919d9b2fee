import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleRepository, sampleNames } from '../../../src/demo/sample-repositories.js';
import { fixers, reasonNotFixable } from '../../../src/fix/fixers/fixers.js';
import type { Finding } from '../../../src/review/finding.js';
import { recheck } from '../../../src/review/recheck.js';
import { reviewTree } from '../../../src/review/review-tree.js';

const home = mkdtempSync(join(tmpdir(), 'mahavishnu samples '));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const scratch = () => mkdtempSync(join(home, 'scratch-'));
const git = (folder: string, ...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
const review = (folder: string, scope: 'all' | 'critical' = 'all') => reviewTree({ folder, commit: 'c', scope, scratch: scratch() });

describe('shop-api', () => {
  let folder: string;
  let findings: Finding[];
  beforeAll(async () => {
    folder = (await createSampleRepository('shop-api', join(home, 'one'))).checkout;
    findings = (await review(folder)).findings;
  });

  it('is a clean checkout whose origin can be pushed to', async () => {
    expect(git(folder, 'status', '--porcelain')).toBe('');
    git(folder, 'push', 'origin', 'HEAD:refs/heads/elsewhere');
    expect(git(folder, 'log', '--format=%s').trim().split('\n')).toHaveLength(4);
    const again = await createSampleRepository('shop-api', join(home, 'two'));
    expect(git(again.checkout, 'rev-parse', 'HEAD')).toBe(git(folder, 'rev-parse', 'HEAD'));
  });

  it('has at least two critical findings, one that a fixer takes and one that needs a person', async () => {
    const critical = (await review(folder, 'critical')).findings;
    expect(critical.length).toBeGreaterThanOrEqual(2);
    expect(critical.some((finding) => fixers.some((fixer) => fixer.canFix(finding)))).toBe(true);
    expect(critical.filter(({ fixer }) => fixer === null).map(reasonNotFixable)).toEqual([
      'a secret needs a person: revoke it, then remove it',
    ]);
  });

  it('fails its own format check, which its own formatter repairs', async () => {
    const { checkout } = await createSampleRepository('shop-api', join(home, 'format'));
    expect(() => execFileSync('npm', ['run', '--silent', 'format:check'], { cwd: checkout, stdio: 'pipe' })).toThrow();
    execFileSync('npm', ['run', '--silent', 'format'], { cwd: checkout, stdio: 'pipe' });
    execFileSync('npm', ['run', '--silent', 'format:check'], { cwd: checkout, stdio: 'pipe' });
  });

  it('stays green through every fix, one by one, until only the secret is left', async () => {
    expect(findings.length).toBeGreaterThanOrEqual(6);
    const tests = () => execFileSync(process.execPath, ['--test'], { cwd: folder, stdio: 'pipe', env: { PATH: process.env.PATH } });
    tests();
    for (const finding of findings) {
      const fixer = fixers.find((candidate) => candidate.canFix(finding));
      expect(fixer?.name ?? null, finding.rule).toBe(finding.fixer);
      if (!fixer) continue;
      const { changedFiles } = await fixer.fix({ folder, finding });
      expect(changedFiles).toEqual([finding.file]);
      expect(git(folder, 'status', '--porcelain').trim()).toBe(`M ${finding.file}`);
      const { findings: now, failed } = await recheck({ folder, findings: [finding], files: changedFiles, scratch: scratch() });
      expect(failed).toEqual([]);
      const known = new Set(findings.map(({ fingerprint }) => fingerprint));
      expect(now.map(({ fingerprint }) => fingerprint)).not.toContain(finding.fingerprint);
      expect(now.filter(({ fingerprint }) => !known.has(fingerprint))).toEqual([]);
      tests();
      git(folder, '-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qam', finding.rule);
    }
    expect((await review(folder)).findings.map(({ rule }) => rule)).toEqual(['secretlint/slack']);
  });
});

describe('ledger-py', () => {
  it('has an undefined name, a deprecated call and things ruff repairs', async () => {
    const { checkout: folder } = await createSampleRepository('ledger-py', join(home, 'python'));
    const { findings } = await review(folder);
    expect(findings.map(({ rule, priority, fixer }) => [rule, priority, fixer])).toEqual([
      ['ruff/F821', 'P0', null],
      ['ruff/DTZ003', 'P2', null],
      ['ruff/B006', 'P2', 'ruff'],
      ['ruff/F401', 'P2', 'ruff'],
    ]);
    for (const finding of findings) {
      const fixer = fixers.find((candidate) => candidate.canFix(finding));
      if (fixer) await fixer.fix({ folder, finding });
      else expect(reasonNotFixable(finding)).not.toBe('');
    }
    expect((await review(folder)).findings.map(({ rule }) => rule)).toEqual(['ruff/F821', 'ruff/DTZ003']);
    expect(readFileSync(join(folder, 'ledger/book.py'), 'utf8')).toContain(
      'def accounts(self, found=None):\n        if found is None:\n            found = []\n',
    );
  });
});

it('keeps nothing that looks like a token in the samples themselves', async () => {
  const { findings, coverage } = await reviewTree({
    folder: join('src', 'demo', 'samples'),
    commit: 'c',
    scope: 'critical',
    scratch: scratch(),
  });
  expect(sampleNames).toEqual(['shop-api', 'ledger-py']);
  expect(coverage.read).toBeGreaterThan(20);
  expect(findings.filter(({ rule }) => rule.startsWith('secretlint/'))).toEqual([]);
});
