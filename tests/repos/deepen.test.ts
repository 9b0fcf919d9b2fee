import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClones } from '../../src/repos/clones.js';
import { commit, git } from '../cli/support.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync('/tmp/mahavishnu-deepen-');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a shallow clone is reviewed, and gets the history that --since needs from its origin (RV-5)', async () => {
  const full = join(root, 'full');
  git(root, 'init', '--quiet', '-b', 'main', full);
  for (let n = 1; n <= 6; n += 1) commit(full, { [`f${n}.txt`]: `${n}\n` }, `feat: ${n}`);
  git(full, 'branch', 'old', 'HEAD~3');
  const second = git(full, 'rev-parse', 'HEAD~4').trim();
  const shallow = join(root, 'shallow');
  git(root, 'clone', '--quiet', '--depth', '1', pathToFileURL(full).href, shallow);
  const clones = createClones({ root: join(root, 'state') });
  const repo = { name: 'shallow', source: shallow };
  await clones.refresh(repo);
  const { commit: head } = await clones.pin(repo);
  expect(head).toBe(git(full, 'rev-parse', 'HEAD').trim());
  expect(await clones.pinBase(repo, second, head)).toBe(second);
  expect(await clones.pinBase(repo, 'old', head)).toBe(git(full, 'rev-parse', 'old').trim());
  expect(git(shallow, 'rev-list', '--count', 'HEAD').trim()).toBe('1');
  expect([...(await clones.renamesBetween(repo, second, head))]).toEqual([]);

  const lonely = join(root, 'lonely');
  git(root, 'clone', '--quiet', '--depth', '1', pathToFileURL(full).href, lonely);
  git(lonely, 'remote', 'remove', 'origin');
  const alone = { name: 'lonely', source: lonely };
  await clones.refresh(alone);
  await expect(clones.pinBase(alone, second, head)).rejects.toThrow(/its clone is shallow and names no origin[\s\S]*git fetch --unshallow/);
  await expect(clones.pinBase(repo, 'nonsense', head)).rejects.toThrow(/is no branch, tag or commit/);
});

it('a change is judged against where it began, not against what came to main since (RV-5)', async () => {
  const full = join(root, 'branches');
  git(root, 'init', '--quiet', '-b', 'main', full);
  commit(full, { 'a.txt': '1\n' });
  const began = git(full, 'rev-parse', 'HEAD').trim();
  commit(full, { 'main.txt': '1\n' }, 'feat: on main');
  git(full, 'checkout', '--quiet', '-b', 'change', began);
  git(full, 'mv', 'a.txt', 'b.txt');
  git(full, 'commit', '--quiet', '-m', 'refactor: rename');
  const clones = createClones({ root: join(root, 'state') });
  const repo = { name: 'branches', source: full };
  await clones.refresh(repo);
  const { commit: head } = await clones.pin(repo);
  expect(await clones.pinBase(repo, 'main', head)).toBe(began);
  expect([...(await clones.renamesBetween(repo, began, head))]).toEqual([['b.txt', 'a.txt']]);
  expect(await clones.blame(repo, head, 'b.txt', 1)).toMatchObject({ by: 'Dana' });
});
