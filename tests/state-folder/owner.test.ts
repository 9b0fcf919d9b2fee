import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entryPoint } from '../../src/process/entry-point.js';
import { acquireOwner, currentOwner, type Owner, StateFolderOwned } from '../../src/state-folder/owner.js';
import { ecosystemFile, openStateFolder, stateFolderPath } from '../../src/state-folder/state-folder.js';

let root: string;
const children: { end(): Promise<void> }[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state '));
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.end()));
  rmSync(root, { recursive: true, force: true });
});

/** A real process that waits for the word, tries to become the owner, says how it went, and stays. */
function starter() {
  const module = JSON.stringify(pathToFileURL(entryPoint('state-folder/owner')).href);
  const code = `import { acquireOwner } from ${module};
    process.stdin.once('data', async () => {
      try { await acquireOwner(${JSON.stringify(root)}); console.log('won'); } catch (error) { console.log('lost ' + error.owner?.pid); }
    });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = () => {
    child.kill('SIGKILL');
    return exited;
  };
  children.push({ end });
  const next = async () => String((await lines.next()).value);
  return { pid: child.pid, next, go: () => child.stdin.write('go\n'), end, kill: () => child.kill('SIGKILL') };
}

it('gives the folder to exactly one of many processes that start at the same moment, and names it to the others', async () => {
  for (let round = 0; round < 3; round += 1) {
    const all = Array.from({ length: 6 }, starter);
    await Promise.all(all.map((one) => one.next()));
    for (const one of all) one.go();
    const answers = await Promise.all(all.map((one) => one.next()));
    const winner = all[answers.indexOf('won')];
    expect(answers.filter((answer) => answer === 'won')).toHaveLength(1);
    expect(answers.filter((answer) => answer === `lost ${winner?.pid}`)).toHaveLength(5);
    // The next round begins with an owner that was killed, so the takeover is raced for too.
    await Promise.all(all.map((one) => one.end()));
  }
});

it('replaces a killed owner at once, even while it is a zombie', async () => {
  const first = starter();
  await first.next();
  first.go();
  expect(await first.next()).toBe('won');
  await expect(acquireOwner(root)).rejects.toThrow(new RegExp(`belongs to process ${first.pid}.*kill ${first.pid}.*--state`));
  await first.end();
  const mine = await acquireOwner(root);
  expect((await currentOwner(root))?.pid).toBe(process.pid);
  mine.release();
  expect(await currentOwner(root)).toBeNull();
});

it('does not take a re-used process id for the owner', async () => {
  const mine = await acquireOwner(root);
  const name = readdirSync(root)[0] ?? '';
  const me = JSON.parse(readlinkSync(join(root, name))) as Owner;
  mine.release();
  const before: Owner = { ...me, start: '1' }; // Our id, but of a process that started at another time.
  symlinkSync(JSON.stringify(before), join(root, 'owner.99'));
  expect(await currentOwner(root)).toBeNull();
  // The owner's id, given to a process that is alive and started later.
  const later = starter();
  await later.next();
  symlinkSync(JSON.stringify({ ...me, pid: later.pid }), join(root, 'owner.100'));
  expect(await currentOwner(root)).toBeNull();
  (await acquireOwner(root)).release();
});

it('refuses a second owner in the same process, frees on release, and release twice frees nobody else’s', async () => {
  const first = await acquireOwner(root);
  await expect(acquireOwner(root)).rejects.toBeInstanceOf(StateFolderOwned);
  first.release();
  const second = await acquireOwner(root);
  first.release();
  await expect(acquireOwner(root)).rejects.toBeInstanceOf(StateFolderOwned);
  second.release();
  expect(readdirSync(root)).toHaveLength(1);
});

it('is not stopped by a lock file that says nothing', async () => {
  symlinkSync('rubbish', join(root, 'owner.3'));
  (await acquireOwner(root)).release();
});

it('finds the folder by option, variable and XDG, and makes it for this user alone', () => {
  const at = (env: Record<string, string>, folder?: string) => stateFolderPath({ env, folder, cwd: '/here' });
  expect(at({ MAHAVISHNU_STATE: '/m', XDG_STATE_HOME: '/x', HOME: '/h' }, 'o')).toBe('/here/o');
  expect(at({ MAHAVISHNU_STATE: '/m', XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/m');
  expect(at({ XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/mahavishnu');
  expect(at({ HOME: '/h' })).toBe('/h/.local/state/mahavishnu');
  const state = openStateFolder({ env: {}, folder: join(root, 'deep/state'), cwd: '/' });
  for (const path of Object.values(state)) expect(statSync(path as string).mode & 0o777).toBe(0o700);
  writeFileSync(join(root, 'file'), '');
  expect(() => openStateFolder({ env: {}, folder: join(root, 'file'), cwd: '/' })).toThrow(/cannot be used \(EEXIST\).*--state/);
});

it('keeps the ecosystem file beside the settings, but never in the package', () => {
  const state = { root: '/state' };
  const at = (folder: string, origin: string, file: string | null = null) =>
    ecosystemFile({ folder, origin, coordination: { file } }, state);
  expect(at('/team/settings', 'working folder')).toBe('/team/settings/ecosystem.yaml');
  expect(at('/team/settings', 'option', '../shared.yaml')).toBe('/team/shared.yaml');
  expect(at('/package/settings', 'packaged')).toBe('/state/ecosystem.yaml');
});
