import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidSettings } from '../../src/errors.js';
import { packageRoot } from '../../src/process/entry-point.js';
import { loadSettings } from '../../src/settings/load.js';
import { approvalPolicy } from '../../src/settings/policy.js';
import { settingsSummary } from '../../src/settings/summary.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'settings with space ')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const load = (env: Record<string, string> = {}, folder?: string) =>
  loadSettings({ env: { HOME: join(root, 'home'), ...env }, folder, cwd: root });
function problems(env: Record<string, string> = {}, folder?: string): string[] {
  try {
    load(env, folder);
  } catch (error) {
    if (error instanceof InvalidSettings) return [...error.problems];
    throw error;
  }
  return [];
}
/** Put together here, so that no scanner takes this file for a leak. */
const fakeToken = ['xoxb', '1234567890', 'abcdefghijkl'].join('-');

describe('layers (SE-1)', () => {
  it('has sound defaults without any file of its own', () => {
    const settings = load();
    expect(settings.origin).toBe('packaged');
    expect(settings.limits.maxConcurrentWorkflows).toBe(10);
    expect(Object.values(settings.pools).map(({ workers }) => workers)).toEqual([3, 3, 3, 3, 3]);
    expect(settings.approvals.publish).toMatchObject({
      approvers: ['admin'],
      expiresIn: 1_800_000,
      fourEyes: true,
      onTimeout: 'hold',
      quorum: 1,
    });
    expect(settings.slack.pace['chat.update']).toBe(50);
    expect(settings.release.registries.npm).toMatchObject({ kind: 'npm', url: null, tokenFrom: 'NPM_TOKEN' });
    expect(settings.repos).toEqual([]);
  });

  it('lets local.yaml override mahavishnu.yaml, and the environment both', () => {
    write({
      'settings/mahavishnu.yaml': 'limits: { max_concurrent_workflows: 2, run: { minutes: 5, usd: 1 } }\nlog: { level: warn }\n',
      'settings/local.yaml': 'limits: { run: { minutes: 7 } }\n',
    });
    const settings = load({
      MAHAVISHNU_LOG__LEVEL: 'debug',
      MAHAVISHNU_POOLS__PYTHON__WORKERS: '8',
      MAHAVISHNU_ROLES__ADMIN: '[U111, "@ops"]',
    });
    expect(settings.limits).toMatchObject({ maxConcurrentWorkflows: 2, run: { minutes: 7, usd: 1 } });
    expect(settings.log.level).toBe('debug');
    expect(settings.pools.python.workers).toBe(8);
    expect(settings.roles.admin).toEqual(['U111', '@ops']);
  });

  it('takes a variable as text where a text is wanted', () => {
    expect(load({ MAHAVISHNU_RELEASE__TAG_PREFIX: '1' }).release.tagPrefix).toBe('1');
  });

  it('looks in --settings, MAHAVISHNU_SETTINGS, ./settings, the user folder and the package, in this order', () => {
    const file = (minutes: number) => `limits: { run: { minutes: ${minutes} } }\n`;
    const found = (env: Record<string, string> = {}, folder?: string) => [load(env, folder).origin, load(env, folder).limits.run.minutes];
    const env = { MAHAVISHNU_SETTINGS: 'b', XDG_CONFIG_HOME: join(root, 'd') };
    write({ 'd/mahavishnu/mahavishnu.yaml': file(4) });
    expect(found({ XDG_CONFIG_HOME: join(root, 'd') })).toEqual(['user', 4]);
    write({ 'settings/mahavishnu.yaml': file(3) });
    expect(found({ XDG_CONFIG_HOME: join(root, 'd') })).toEqual(['working folder', 3]);
    write({ 'b/mahavishnu.yaml': file(2), 'a/mahavishnu.yaml': file(1) });
    expect(found(env)).toEqual(['environment', 2]);
    expect(found(env, 'a')).toEqual(['option', 1]);
    expect(problems({}, 'missing')).toEqual([`--settings: ${join(root, 'missing')} is not a folder`]);
  });

  it('ships files that are valid and say nothing but defaults', () => {
    cpSync(join(packageRoot, 'settings'), join(root, 'shipped'), { recursive: true });
    const { folder: _a, origin: _b, ...shipped } = load({}, 'shipped');
    mkdirSync(join(root, 'empty'));
    const { folder: _c, origin: _d, ...empty } = load({}, 'empty');
    expect(JSON.stringify(shipped)).toBe(JSON.stringify(empty));
  });

  it('accepts every example of the shipped comments', () => {
    write({
      'settings/mahavishnu.yaml': `
slack: { mode: http, home_channel: C0123 }
roles: { admin: [U111], operator: ["@platform"], viewer: everyone }
limits: { organisation: { pull_requests_per_hour: 20, messages_per_hour: 1000 } }
approvals:
  version_bump: { approvers: ["@release-team"], expires_in: 30m, four_eyes: true, on_timeout: hold }
  publish: { approvers: ["@release-team"], quorum: 1, remind_before: 10m, escalate_to: [admin], extendable: { times: 2, by: 30m } }
schedules:
  nightly: { cron: "0 3 * * 1-5", zone: Europe/Berlin, target: "tag:backend", scope: security, channel: C0456, quiet: true, missed: once }
  Weekly_digest: { cron: "0 9 * * 1", zone: Europe/Berlin, digest: weekly, channel: C0456 }
review:
  tools: { zizmor: /opt/tools/zizmor, mypy: off }
release: { registries: { internal: { kind: command, publish_command: "twine upload dist/*", token_from: PYPI_TOKEN } } }
`,
    });
    const settings = load();
    expect(settings.review.tools).toEqual({ zizmor: '/opt/tools/zizmor', mypy: 'off' });
    expect(Object.keys(settings.schedules)).toEqual(['nightly', 'Weekly_digest']);
    expect(settings.approvals.publish.extendable).toEqual({ times: 2, by: 1_800_000 });
    expect(Object.keys(settings.release.registries)).toEqual(['npm', 'internal']);
    expect(settingsSummary(settings)).toContain('version_bump      @release-team, 1 needed, four eyes, expires in 30m, then hold');
  });
});

describe('problems', () => {
  it('reports all of them at once, with file, line and path', () => {
    write({
      'settings/mahavishnu.yaml':
        'slack:\n  mode: carrier-pigeon\n  hom_channel: C0123\nlimits:\n  run: { minutes: soon }\napprovals:\n  publish:\n    expires_in: 30 minutes\n',
      'settings/local.yaml':
        '# mine\npools:\n  python: { workers: 0 }\nschedules:\n  nightly:\n    cron: whenever\n    zone: Mars/Olympus\n  lazy: {}\n',
      'settings/repos.yaml': 'repos:\n  - name: api\n    url: https://x.test/a.git\n    tags: [Back End]\n  - name: ../up\n',
    });
    expect(
      problems({ MAHAVISHNU_GATES__COVERAGE_MAY_FALL_BY: '101', MAHAVISHNU_NOTHING__HERE: '1', SLACK_BOT_TOKEN: 'xoxp-wrong' }),
    ).toMatchInlineSnapshot(`
      [
        "settings/mahavishnu.yaml:2 slack.mode: Invalid option: expected one of "socket"|"http"",
        "settings/mahavishnu.yaml:3 slack.hom_channel: unknown key, did you mean "home_channel"?",
        "settings/mahavishnu.yaml:5 limits.run.minutes: Invalid input: expected number, received string",
        "settings/local.yaml:3 pools.python.workers: Too small: expected number to be >=1",
        "settings/mahavishnu.yaml:8 approvals.publish.expires_in: "30 minutes" is not a duration; write a number and a unit, such as 30m, 1h30m or 2d",
        "settings/local.yaml:6 schedules.nightly.cron: not a cron expression; write five fields such as "0 3 * * 1-5"",
        "settings/local.yaml:7 schedules.nightly.zone: not a time zone; write one such as Europe/Berlin",
        "settings/local.yaml:8 schedules.lazy.cron: Invalid input: expected string, received undefined",
        "environment MAHAVISHNU_GATES__COVERAGE_MAY_FALL_BY gates.coverage_may_fall_by: Too big: expected number to be <=100",
        "environment MAHAVISHNU_NOTHING__HERE nothing: unknown key, known are slack, roles, limits, pools, approvals, schedules, review, agents, engines, fix, gates, release, coordination, database, log",
        "settings/repos.yaml:4 repos.0.tags.0: a tag has small letters, digits, ".", "_" and "-", at most 40",
        "settings/repos.yaml:5 repos.1.name: a name has letters, digits, ".", "_" and "-", at most 64",
        "environment SLACK_BOT_TOKEN: expected a bot token (xoxb-…)",
      ]
    `);
  });

  it('gives file and line of YAML that cannot be read', () => {
    write({ 'settings/mahavishnu.yaml': 'slack:\n  mode: socket\n  mode: http\n', 'settings/repos.yaml': 'repos:\n  - name: "api\n' });
    expect(problems()).toMatchInlineSnapshot(`
      [
        "settings/mahavishnu.yaml:3 Map keys must be unique",
        "settings/repos.yaml:3 Missing closing "quote",
      ]
    `);
  });

  it('is not fooled by a file that is a list, a folder, or aliases that unfold for ever', () => {
    write({ 'settings/mahavishnu.yaml': '- a\n' });
    expect(problems()).toEqual(['settings/mahavishnu.yaml:1 settings: expected keys and values, found a list']);
    rmSync(join(root, 'settings/mahavishnu.yaml'));
    mkdirSync(join(root, 'settings/mahavishnu.yaml'));
    expect(problems()).toEqual(['settings/mahavishnu.yaml: cannot be read (EISDIR)']);
    rmSync(join(root, 'settings/mahavishnu.yaml'), { recursive: true });
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i += 1)
      bomb.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    write({ 'settings/mahavishnu.yaml': bomb.join('\n') });
    expect(problems()[0]).toMatch(/^settings\/mahavishnu.yaml: Excessive alias count/);
  });

  it('refuses __proto__ and leaves prototypes alone', () => {
    write({ 'settings/mahavishnu.yaml': '__proto__: { polluted: 1 }\nslack: { __proto__: { polluted: 1 } }\n' });
    expect(problems().join('\n')).toMatch(/__proto__/);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('secrets', () => {
  it('come from the environment or a file it names, and are never shown', () => {
    write({ 'npm-token': 'npm_fromfile\n' });
    const settings = load({ SLACK_BOT_TOKEN: fakeToken, NPM_TOKEN_FILE: join(root, 'npm-token') });
    expect(settings.secrets.get('SLACK_BOT_TOKEN')).toBe(fakeToken);
    expect(settings.secrets.get('NPM_TOKEN')).toBe('npm_fromfile');
    for (const shown of [JSON.stringify(settings), inspect(settings, { depth: 9, showHidden: true }), settingsSummary(settings)]) {
      expect(shown).not.toContain(fakeToken);
      expect(shown).not.toContain('npm_fromfile');
      expect(shown).toContain('NPM_TOKEN');
    }
  });

  it('in a file are a problem, whose text does not repeat them', () => {
    write({
      'settings/mahavishnu.yaml': `slack:\n  bot_token: ${fakeToken}\nfix:\n  high_risk: ["${fakeToken}"]\n`,
      'settings/repos.yaml': 'repos:\n  - name: api\n    url: https://user:hunter2hunter2@x.test/a.git\n',
    });
    const found = problems();
    expect(found.join('\n')).not.toMatch(/hunter2|abcdefghijkl/);
    expect(found.map((line) => line.split(': ')[0])).toEqual(
      expect.arrayContaining([
        'settings/mahavishnu.yaml:2 slack.bot_token',
        'settings/mahavishnu.yaml:4 fix.high_risk.0',
        'settings/repos.yaml:3 repos.0.url',
      ]),
    );
  });

  it('that are weak, contradictory, or in a file that is not there are refused', () => {
    expect(problems({ MAHAVISHNU_AUTH_SECRET: 'a'.repeat(40) })[0]).toMatch(/too weak/);
    expect(problems({ MAHAVISHNU_AUTH_SECRET: 'Zk3'.repeat(4) })[0]).toMatch(/too weak/);
    expect(problems({ MAHAVISHNU_AUTH_SECRET: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b' })).toEqual([]);
    expect(problems({ NPM_TOKEN: 'x', NPM_TOKEN_FILE: '/y' })[0]).toMatch(/not both/);
    expect(problems({ NPM_TOKEN_FILE: '/nowhere/at/all' })[0]).toMatch(/cannot be read \(ENOENT\)/);
  });
});

describe('repositories (OR-1)', () => {
  it('are made absolute and keep what differs for them', () => {
    write({
      'settings/repos.yaml':
        'allowed_folders: [~/projects]\nrepos:\n  - name: api\n    path: ~/projects/api\n    tags: [backend]\n    approvals: { publish: { expires_in: 2h, four_eyes: false } }\n',
      'home/projects/api/README.md': '',
    });
    const settings = load();
    expect(settings.repos[0]).toMatchObject({ path: join(root, 'home/projects/api'), tags: ['backend'] });
    expect(approvalPolicy(settings, 'api', 'publish')).toMatchObject({ expiresIn: 7_200_000, fourEyes: false, approvers: ['admin'] });
    expect(approvalPolicy(settings, 'api', 'version_bump')).toMatchObject({ expiresIn: 1_800_000, fourEyes: true });
    expect(approvalPolicy(settings, 'web', 'publish').expiresIn).toBe(1_800_000);
  });

  it('are trusted only when their owner says so, and lend no program of theirs (SE-3)', () => {
    write({
      'settings/repos.yaml': `allowed_folders: [${root}]\nrepos:\n  - { name: api, path: ${root}/api, trusted: true }\n  - { name: web, path: ${root}/web }\n`,
      'api/node_modules/.bin/knip': '',
    });
    expect(load().repos.map(({ name, trusted }) => [name, trusted])).toEqual([
      ['api', true],
      ['web', false],
    ]);
    const of = (value: string) => problems({ MAHAVISHNU_REVIEW__TOOLS: value }).map((line) => line.replace(/^environment \S+ /, ''));
    expect(of(`{ knip: ${root}/api/node_modules/.bin/knip }`)).toEqual([
      'review.tools.knip: lies in the repository api, whose own programs are never used',
    ]);
    symlinkSync(join(root, 'api/node_modules/.bin'), join(root, 'bin'));
    expect(of(`{ knip: ${root}/bin/knip }`)).toHaveLength(1);
    expect(of('{ knip: bin/knip, mypy: yes }').sort()).toEqual([
      'review.tools.knip: write an absolute path, or off',
      'review.tools.mypy: write an absolute path, or off',
    ]);
    expect(of('{ hadolint-of-mine: off }').join()).toContain('unknown key, known are bandit, shellcheck, zizmor');
    write({ 'settings/repos.yaml': `allowed_folders: [${root}]\nrepos: [{ name: api, path: ${root}/api, trusted: maybe }]\n` });
    expect(problems()).toEqual(['settings/repos.yaml:2 repos.0.trusted: write true or false']);
  });

  it('outside the allowed folders, through a link too, or named twice, are problems', () => {
    write({ 'home/projects/a': '', 'elsewhere/x': '' });
    symlinkSync(join(root, 'elsewhere'), join(root, 'home/projects/link'));
    write({
      'settings/repos.yaml': `allowed_folders: [~/projects]
repos:
  - { name: up, path: ~/projects/../../elsewhere }
  - { name: linked, path: ~/projects/link/x }
  - { name: sibling, path: ~/projects-2 }
  - { name: Up, url: "git@host:team/api.git" }
  - { name: twin, url: "git@host:team/api" }
  - { name: bad, url: "ext::sh -c id" }
  - { name: option, url: "--upload-pack=x" }
  - { name: both, path: ~/projects/b, url: "https://x.test/b" }
  - { name: neither }
  - { name: local, url: "file:///etc" }
`,
    });
    expect(problems().map((line) => line.replaceAll(root, ''))).toMatchInlineSnapshot(`
      [
        "settings/repos.yaml:3 repos.0.path: /elsewhere is outside allowed_folders; add its folder there if that is meant",
        "settings/repos.yaml:4 repos.1.path: /home/projects/link/x is outside allowed_folders; add its folder there if that is meant",
        "settings/repos.yaml:5 repos.2.path: /home/projects-2 is outside allowed_folders; add its folder there if that is meant",
        "settings/repos.yaml:6 repos.3.name: "up" is used twice",
        "settings/repos.yaml:7 repos.4.url: the same url as repository "Up"",
        "settings/repos.yaml:8 repos.5.url: not an address that git can clone",
        "settings/repos.yaml:9 repos.6.url: not an address that git can clone",
        "settings/repos.yaml:10 repos.7: repository "both" needs a path or a url, not both",
        "settings/repos.yaml:11 repos.8: repository "neither" needs a path or a url, and has neither",
        "settings/repos.yaml:12 repos.9.url: /etc is outside allowed_folders; add its folder there if that is meant",
      ]
    `);
  });
});
