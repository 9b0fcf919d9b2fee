import { lstatSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openEcosystem } from '../../src/coordination/ecosystem.js';
import { readFileAt, replaceFile } from '../../src/coordination/file.js';
import { packageRoot } from '../../src/process/entry-point.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecosystem-'));
  file = join(folder, 'ecosystem.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openEcosystem({ file, shown: 'ecosystem.yaml', now: () => new Date('2026-11-21T15:02:00Z') });
const text = () => readFileSync(file, 'utf8');

const byHand = `# Kept by the platform team
version: 3   # ours
coordination:
    # the open ones first
    issues:
    - id: MHV-007   # lucky
      title: 'Quoted   title'
      status:   pending   # since Monday
      priority: high
      created_at: 2026-01-02
      repos: [api,  web]
      description: |
        Several lines
        # not a comment
        - not an item

        end
      owner_note: ours

    # about the next one
    - title: Second
      id: OPS-42
      status: blocked
      metadata:
        # keep
        a: 1

    # the rest
    plans: []
other: { untouched: true }
`;

describe('reading (CO-2)', () => {
  it('accepts what people write: aliases, words for priorities, ids of any prefix, their own keys', async () => {
    writeFileSync(file, byHand);
    const issues = await open().list();
    expect(issues).toMatchObject([
      {
        id: 'MHV-007',
        title: 'Quoted   title',
        priority: 'P1',
        created: '2026-01-02',
        repos: ['api', 'web'],
        pool: 'general',
        fingerprint: null,
      },
      { id: 'OPS-42', status: 'blocked', priority: 'P2', metadata: { a: 1 } },
    ]);
    expect(issues[0]?.description).toBe('Several lines\n# not a comment\n- not an item\n\nend\n');
  });

  it('filters by status, priority, repository, assignee and pool', async () => {
    writeFileSync(file, byHand);
    const ids = async (filter: Parameters<ReturnType<typeof open>['list']>[0]) => (await open().list(filter)).map(({ id }) => id);
    expect(await ids({ status: 'pending' })).toEqual(['MHV-007']);
    expect(await ids({ status: ['pending', 'blocked'], priority: 'P2' })).toEqual(['OPS-42']);
    expect(await ids({ repo: 'web' })).toEqual(['MHV-007']);
    expect(await ids({ assignee: 'dana' })).toEqual([]);
    expect(await ids({ pool: 'general' })).toHaveLength(2);
  });

  it('reports every problem by line and path, and changes nothing in a broken file', async () => {
    const broken = byHand
      .replace('status: blocked', 'status: lost')
      .replace('plans: []', 'plans:\n      - { id: PLAN-001, title: "" }\n      - { id: PLAN-002, title: x, status: odd }');
    writeFileSync(file, broken);
    const ecosystem = open();
    await expect(ecosystem.list()).rejects.toMatchObject({
      problems: [
        'ecosystem.yaml:30 coordination.plans.0.title: must not be empty',
        expect.stringMatching(/^ecosystem.yaml:31 coordination.plans.1.status: /),
        expect.stringMatching(/^ecosystem.yaml:23 coordination.issues.1.status: /),
      ],
    });
    await expect(ecosystem.create({ title: 'x' })).rejects.toThrow(/cannot be used/);
    expect(text()).toBe(broken);
    for (const [bad, place] of [
      ['coordination:\n  issues:\n    - id: MHV-001\n      title: "open\n', /^ecosystem.yaml:\d+ /],
      [
        'coordination:\n  issues:\n    - id: MHV-001\n      title: a\n    - id: MHV-001\n      title: b\n',
        /^ecosystem.yaml:5 coordination.issues.1.id: MHV-001 is used twice, first in line 3/,
      ],
      ['coordination:\n  issues: 5\n', /^ecosystem.yaml:2 coordination.issues: expected a list/],
      ['coordination: [1]\n', /^ecosystem.yaml:1 coordination: /],
      ['coordination:\n  issues:\n    - just text\n', /^ecosystem.yaml:3 coordination.issues.0/],
      ['coordination:\n\tissues: []\n', /^ecosystem.yaml:\d/],
    ] as const) {
      writeFileSync(file, bad);
      await expect(ecosystem.create({ title: 'x' }), bad).rejects.toMatchObject({ problems: [expect.stringMatching(place)] });
      expect(text()).toBe(bad);
    }
    expect(readdirSync(folder)).toEqual(['ecosystem.yaml']);
  });

  it('reads the shipped example and the shipped empty file', async () => {
    const example = openEcosystem({ file: join(packageRoot, 'settings/ecosystem.example.yaml') });
    const issues = await example.list();
    expect(new Set(issues.map(({ priority }) => priority))).toEqual(new Set(['P0', 'P1', 'P2']));
    expect(new Set(issues.map(({ pool }) => pool)).size).toBeGreaterThanOrEqual(3);
    const { plans, todos, dependencies } = await example.rest();
    expect(plans.map(({ id, dependsOn }) => [id, ...dependsOn])).toEqual([
      ['PLAN-001'],
      ['PLAN-002', 'PLAN-001'],
      ['PLAN-003', 'PLAN-002'],
    ]);
    expect(todos.every(({ issueId }) => issueId === 'MHV-001')).toBe(true);
    expect(dependencies.some(({ validation }) => validation?.command && validation.expectedPattern)).toBe(true);
    expect(await openEcosystem({ file: join(packageRoot, 'settings/ecosystem.yaml') }).list()).toEqual([]);
  });
});

describe('writing (CO-1)', () => {
  it('changes only the lines it has to', async () => {
    writeFileSync(file, byHand);
    const ecosystem = open();
    await ecosystem.update('MHV-007', { status: 'blocked', assignee: 'dana' });
    await ecosystem.update('OPS-42', { metadata: { a: 2, b: 'x' } });
    expect(text()).toBe(
      byHand
        .replace('status:   pending   #', 'status:   blocked   #')
        .replace('      owner_note: ours\n', '      owner_note: ours\n      assignee: dana\n      updated: 2026-11-21T15:02:00.000Z\n')
        .replace('        a: 1\n', '        a: 2\n        b: x\n      updated: 2026-11-21T15:02:00.000Z\n')
        .replace('    # the open ones first\n', '    # the open ones first\n    next_id: 8\n'),
    );
  });

  it('adds issues behind the others, in a file that is there, empty, or not yet', async () => {
    for (const before of [
      byHand,
      byHand.replaceAll('\n', '\r\n'),
      null,
      '',
      '# only a comment\n',
      'coordination:\n  issues: [] # none\n  todos: []',
      'coordination: { issues: [{ id: A-1, title: t }] }\n',
      'coordination:\n',
      'version: 1\n',
    ]) {
      rmSync(file, { force: true });
      if (before !== null) writeFileSync(file, before);
      const { issue, created } = await open().create({ title: 'Colon: and "quotes" # hash', repos: ['api'], description: 'two\nlines' });
      expect(created).toBe(true);
      expect(await open().get(issue.id)).toEqual(issue);
      const value = parse(text()) as { coordination: { issues: { id: string; title: string }[] } };
      expect(value.coordination.issues.at(-1)).toMatchObject({
        id: issue.id,
        title: 'Colon: and "quotes" # hash',
        description: 'two\nlines',
      });
      if (before === byHand) expect(text().startsWith(byHand.slice(0, byHand.indexOf('    issues:')))).toBe(true);
      if (before?.includes('\r\n')) expect(text().replaceAll('\r\n', '')).not.toContain('\n');
      if (before?.includes('# none')) expect(text()).toContain('issues: # none\n    - id: MHV-001\n');
    }
  });

  it('never gives an id twice, also after the highest issue was deleted by hand or by the bot', async () => {
    const ecosystem = open();
    const ids = [];
    for (const title of ['a', 'b', 'c']) ids.push((await ecosystem.create({ title })).issue.id);
    await ecosystem.remove('MHV-003');
    ids.push((await ecosystem.create({ title: 'd' })).issue.id);
    writeFileSync(file, text().replace(/ {4}- id: MHV-004[\s\S]*?(?= {2}plans:)/, ''));
    expect((await open().list()).map(({ id }) => id)).toEqual(['MHV-001', 'MHV-002']);
    ids.push((await open().create({ title: 'e' })).issue.id);
    expect(ids).toEqual(['MHV-001', 'MHV-002', 'MHV-003', 'MHV-004', 'MHV-005']);
    const last = open();
    for (const id of ['MHV-001', 'MHV-002', 'MHV-005']) await last.remove(id);
    expect(await open().list()).toEqual([]);
    expect((await open().create({ title: 'f' })).issue.id).toBe('MHV-006');
  });

  it('merges with what a person saves at the same time, and loses nothing of either', async () => {
    writeFileSync(file, byHand);
    const ecosystem = open();
    await ecosystem.list();
    const saved: string[] = [];
    const jobs = Array.from({ length: 20 }, (_, n) => ecosystem.create({ title: `bot ${n}` }));
    for (let n = 0; n < 20; n += 1) {
      // In place, as many editors save: read, change, write in one go.
      writeFileSync(file, text().replace('other:', `hand_${n}: yes\nother:`));
      saved.push(`hand_${n}`);
      await jobs[n];
    }
    const value = parse(text()) as Record<string, unknown> & { coordination: { issues: { title: string }[] } };
    for (const key of saved) expect(value).toHaveProperty(key);
    expect(value.coordination.issues.map(({ title }) => title).filter((title) => title.startsWith('bot'))).toEqual(
      Array.from({ length: 20 }, (_, n) => `bot ${n}`),
    );
    expect(readdirSync(folder)).toEqual(['ecosystem.yaml']);
  });

  it('replaces nothing but what was read, neither in place nor another file moved over it, and keeps links', async () => {
    writeFileSync(file, 'one');
    symlinkSync(file, join(folder, 'link.yaml'));
    const first = await readFileAt(join(folder, 'link.yaml'));
    expect(first).toMatchObject({ text: 'one' });
    writeFileSync(file, 'two');
    expect(await replaceFile(first, 'bot')).toBeNull();
    expect(text()).toBe('two');
    const second = await readFileAt(join(folder, 'link.yaml'));
    writeFileSync(join(folder, 'saved'), 'two');
    renameSync(join(folder, 'saved'), file);
    expect(await replaceFile(second, 'bot')).toBeNull();
    expect(await replaceFile(await readFileAt(join(folder, 'link.yaml')), 'bot')).not.toBeNull();
    expect(text()).toBe('bot');
    expect(lstatSync(join(folder, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['ecosystem.yaml', 'link.yaml']);
  });

  it('lets one run claim an issue, and gives it back only for that run', async () => {
    writeFileSync(file, byHand);
    const ecosystem = open();
    const claims = await Promise.all(['r-1', 'r-2', 'r-3'].map((run) => ecosystem.claim('MHV-007', run)));
    expect(claims).toEqual([true, false, false]);
    expect(await ecosystem.claim('MHV-007', 'r-1')).toBe(true);
    expect(await ecosystem.claim('OPS-42', 'r-1')).toBe(false); // blocked
    expect(await ecosystem.giveBack('MHV-007', 'r-2', 'not mine')).toBe(false);
    expect(await ecosystem.giveBack('MHV-007', 'r-1', 'tests: 2 failed')).toBe(true);
    expect(await ecosystem.get('MHV-007')).toMatchObject({ status: 'pending', metadata: { not_fixed_because: 'tests: 2 failed' } });
    await ecosystem.resolve('MHV-007', { commit: 'abc', fixedBy: 'ruff', gates: ['fast ✓'] });
    expect(await ecosystem.claim('MHV-007', 'r-1')).toBe(false);
    expect(await ecosystem.get('MHV-007')).toMatchObject({
      status: 'resolved',
      resolution: { fixedBy: 'ruff', commit: 'abc', qualityGates: ['fast ✓'] },
    });
    await ecosystem.reopen('MHV-007', 'came back');
    expect(await ecosystem.get('MHV-007')).toMatchObject({
      status: 'pending',
      resolution: null,
      metadata: { reopened: 1, resolved_before_by: 'abc' },
    });
    await expect(ecosystem.update('MHV-999', { title: 'x' })).rejects.toThrow('There is no issue MHV-999 in ecosystem.yaml.');
  });
});
