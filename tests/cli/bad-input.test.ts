import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.js';
import { commit, defect, git, type Sandbox, sandbox, snapshot } from './support.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let box: Sandbox;
let api: string;
let outside: string;

beforeAll(async () => {
  database = await freshDatabase();
  box = sandbox(database.url);
  api = box.repository('api', { 'src/read.js': defect });
  outside = join(box.root, 'elsewhere');
  mkdirSync(join(outside, 'plain'), { recursive: true });
  git(outside, 'init', '--quiet', '-b', 'main');
  commit(outside, { 'a.js': 'export {};\n' });
  mkdirSync(join(box.root, 'repos', 'plain'));
  mkdirSync(join(box.root, 'repos', 'empty'));
  git(join(box.root, 'repos', 'empty'), 'init', '--quiet');
  box.setSettings(`allowed_folders: [${box.root}/repos]\nrepos:\n  - { name: api, path: ${api} }\n`);
});

afterAll(async () => {
  box.remove();
  await database.drop();
});

/** Asks, expects a refusal with exit code 2 on standard error alone, and that nothing of ours or theirs changed. */
async function refused(args: string[], options: Parameters<Sandbox['run']>[1] = {}): Promise<string> {
  const before = [...snapshot(api), ...snapshot(box.settings), ...snapshot(outside)];
  const { code, stdout, stderr } = await box.run(args, options);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect([...snapshot(api), ...snapshot(box.settings), ...snapshot(outside)]).toEqual(before);
  const { rows } = await database.pool.query('select id from mahavishnu.runs');
  expect(rows).toEqual([]);
  return stderr;
}

describe('bad input is answered clearly and changes nothing', () => {
  it('an unknown repository, with the nearest name in the repaired command', async () => {
    const words = await refused(['review', 'apii', '--scope', 'security']);
    expect(words).toContain(`I don't know a repository "apii". Did you mean api?`);
    expect(words).toMatch(/mahavishnu .*review api --scope security\n$/);
  });

  it('an unknown scope', async () => {
    const words = await refused(['review', 'api', '--scope', 'securty']);
    expect(words).toContain('There is no scope "securty". Choose one of critical, security, performance, quality, all.');
    expect(words).toMatch(/review api --scope security\n$/);
  });

  it('a path outside the allowed folders, also through a link', async () => {
    expect(await refused(['review', outside])).toContain('is outside the allowed folders');
    expect(await refused(['gates', 'show', '../elsewhere'], { cwd: join(box.root, 'repos') })).toContain('is outside the allowed folders');
  });

  it('a folder that is no git repository, a file, and nothing at all', async () => {
    expect(await refused(['review', './plain'], { cwd: join(box.root, 'repos') })).toContain('plain is not a git repository.');
    expect(await refused(['review', join(api, 'src')])).toContain(`It lies in one; review that:  mahavishnu review ${api}`);
    expect(await refused(['review', join(api, 'src/read.js')])).toContain('is a file; name the folder of a repository');
    expect(await refused(['review', './nothing'])).toContain('There is no folder');
  });

  it('an empty repository', async () => {
    expect(await refused(['review', join(box.root, 'repos/empty')])).toContain('has no commits yet');
  });

  it('no git on PATH', async () => {
    expect(await refused(['review', 'api'], { env: { PATH: '/nonexistent' } })).toContain(
      'The program "git" is not on this machine\'s PATH',
    );
  });

  it('a database that does not answer', async () => {
    const words = await refused(['review', 'api'], { env: { DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/none' } });
    expect(words).toContain('The database is not answering. Check DATABASE_URL');
    expect(words).not.toContain('secret');
  });

  it('settings that cannot be used, by file and line', async () => {
    const broken = join(box.root, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'mahavishnu.yaml'), 'limits:\n  max_concurrent_workflows: many\n\nslac: {}\n');
    for (const command of [
      ['review', 'api'],
      ['settings', 'check'],
    ]) {
      const { code, stdout, stderr } = await box.run(['--settings', broken, ...command]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('(2 problems)');
      expect(stderr).toMatch(/mahavishnu\.yaml:2 limits\.max_concurrent_workflows: /);
      expect(stderr).toMatch(/mahavishnu\.yaml:4 slac: /);
    }
  });

  it('a broken ecosystem.yaml, by file and line, before a run is recorded', async () => {
    const other = join(box.root, 'other');
    mkdirSync(other);
    const text = 'coordination:\n  issues:\n    - id: MHV-001\n      title: A\n      status: dreaming\n';
    writeFileSync(join(other, 'ecosystem.yaml'), text);
    writeFileSync(join(other, 'repos.yaml'), `allowed_folders: [${box.root}/repos]\n`);
    const before = snapshot(other);
    const words = await refused(['--settings', other, 'review', api]);
    expect(words).toMatch(/ecosystem\.yaml:5/);
    expect(snapshot(other)).toEqual(before);
  });

  it('a command, subcommand or option that does not exist, with the one that was meant', async () => {
    expect(await refused(['revew', 'api'])).toMatch(/There is no command "revew". Did you mean review\?\n {2}mahavishnu .*review api\n$/);
    expect(await refused(['runs', 'cancle', 'r-1'])).toMatch(/Did you mean cancel\?\n {2}mahavishnu .*runs cancel r-1\n$/);
    expect(await refused(['review', 'api', '--dry-rn'])).toMatch(/review api --dry-run\n$/);
    expect(await refused(['review'])).toContain('Missing required argument');
    expect(await refused(['review', 'api', '--fail-on', 'P7'])).toContain('Choose one of P0, P1, P2.');
  });

  it('a run and an approval that do not exist', async () => {
    expect(await refused(['runs', 'show', 'r-none'])).toContain(`I don't know a run "r-none"`);
    expect(await refused(['approvals', 'approve', 'a-none'])).toContain('There is no approval "a-none"');
    expect(await refused(['approvals', 'reject', 'a-none'])).toContain(`option '--reason <text>'`);
  });
});
