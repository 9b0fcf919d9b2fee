import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEcosystem } from '../../src/coordination/ecosystem.js';
import type { TrackRequest } from '../../src/coordination/track.js';
import type { Finding } from '../../src/review/finding.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'track-'));
  file = join(folder, 'ecosystem.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const open = () => openEcosystem({ file, now: () => new Date('2026-11-21T15:02:00Z') });

function finding(name: string, more: Partial<Finding> = {}): Finding {
  const place = { file: `src/${name}.ts`, startLine: 3, endLine: 4 };
  return {
    id: 'F-1',
    rule: `rule/${name}`,
    title: `Trouble with ${name}`,
    description: `About ${name}`,
    severity: 'high',
    priority: 'P0',
    perspective: 'security',
    pool: 'security',
    ...place,
    places: [place],
    evidence: 'x',
    suggestedFix: null,
    fixer: 'ruff',
    confidence: 1,
    agents: ['security'],
    fingerprint: `v1:${name}`,
    ...more,
  };
}
const everything = { rule: () => true, file: () => true };
const request = (findings: Finding[], more: Partial<TrackRequest> = {}): TrackRequest => ({
  repo: 'api',
  runId: 'r-1',
  commit: 'c1',
  findings,
  scope: 'all',
  reviewed: everything,
  ...more,
});

it('files, confirms, resolves and reopens (RV-4)', async () => {
  const ecosystem = open();
  expect(await ecosystem.track(request([finding('a'), finding('b')]))).toMatchObject({ created: ['MHV-001', 'MHV-002'], confirmed: [] });
  expect(await ecosystem.track(request([finding('a')], { runId: 'r-2', commit: 'c2' }))).toMatchObject({
    confirmed: ['MHV-001'],
    resolved: ['MHV-002'],
  });
  expect(await ecosystem.get('MHV-002')).toMatchObject({ status: 'resolved', resolution: { commit: 'c2', fixedBy: 'review r-2' } });
  expect(await ecosystem.get('MHV-001')).toMatchObject({ metadata: { last_seen: 'c2', rule: 'rule/a' } });
  expect(await ecosystem.track(request([finding('a'), finding('b')], { runId: 'r-3', commit: 'c3' }))).toMatchObject({
    confirmed: ['MHV-001'],
    reopened: ['MHV-002'],
  });
  expect(await open().get('MHV-002')).toMatchObject({ status: 'pending', resolution: null, metadata: { resolved_before_by: 'c2' } });
});

it('answers the same when a step is repeated after a crash, and writes nothing the second time', async () => {
  const first = await open().track(request([finding('a'), finding('b')]));
  const written = readFileSync(file, 'utf8');
  expect(await open().track(request([finding('a'), finding('b')]))).toEqual(first);
  expect(readFileSync(file, 'utf8')).toBe(written);
});

it('never files one fingerprint twice, even when runs end at the same moment', async () => {
  const ecosystem = open();
  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, n) => ecosystem.track(request([finding('a'), finding('b')], { runId: `r-${n}` }))),
  );
  expect(runs.flatMap(({ created }) => created).sort()).toEqual(['MHV-001', 'MHV-002']);
  expect(await ecosystem.list()).toHaveLength(2);
  await Promise.all([1, 2, 3].map(() => ecosystem.create({ title: 'again', repos: ['api'], fingerprint: 'v1:a' })));
  expect(await ecosystem.list()).toHaveLength(2);
  // The same defect in another repository is another issue.
  expect(await ecosystem.track(request([finding('a')], { repo: 'web' }))).toMatchObject({ created: ['MHV-003'] });
});

it('does not take "not looked at" for "gone"', async () => {
  const ecosystem = open();
  await ecosystem.track(request([finding('a'), finding('low', { priority: 'P2' }), finding('slow', { perspective: 'performance' })]));
  await ecosystem.create({ title: 'By hand', repos: ['api'], affectedFiles: ['src/a.ts'] });
  const resolvedBy = async (more: Partial<TrackRequest>) => (await ecosystem.compare(request([], more))).resolved;
  expect(await resolvedBy({ reviewed: { rule: () => false, file: () => true } })).toEqual([]);
  expect(await resolvedBy({ reviewed: { rule: () => true, file: (path) => path !== 'src/a.ts' } })).toEqual(['MHV-002', 'MHV-003']);
  expect(await resolvedBy({ belowScope: [finding('a').fingerprint] })).toEqual(['MHV-002', 'MHV-003']);
  expect(await resolvedBy({ repo: 'web' })).toEqual([]);
  expect(await resolvedBy({ scope: 'critical' })).toEqual(['MHV-001', 'MHV-003']);
  expect(await resolvedBy({ scope: 'performance' })).toEqual(['MHV-003']);
  expect(await resolvedBy({ scope: 'quality' })).toEqual([]);
  expect(await ecosystem.list({ status: 'pending' })).toHaveLength(4); // Comparing wrote nothing.
});

it('leaves alone what a person closed', async () => {
  const ecosystem = open();
  await ecosystem.track(request([finding('a')]));
  await ecosystem.update('MHV-001', { status: 'closed' });
  expect(await ecosystem.track(request([finding('a')], { runId: 'r-2' }))).toMatchObject({
    created: [],
    reopened: [],
    closed: ['MHV-001'],
  });
  expect(await ecosystem.get('MHV-001')).toMatchObject({ status: 'closed' });
});

it('changes nothing when the file is broken', async () => {
  writeFileSync(file, 'coordination:\n  issues:\n    - id: MHV-001\n');
  await expect(open().track(request([finding('a')]))).rejects.toThrow(/:3 coordination.issues.0.title/);
  expect(readFileSync(file, 'utf8')).toBe('coordination:\n  issues:\n    - id: MHV-001\n');
});

const withPrint = (name: string, file: string, print: string): Finding =>
  finding(name, { file, places: [{ file, startLine: 3, endLine: 4, print }], fingerprint: `v1:${file}` });

it('an issue moves with its renamed file, and only where there is no doubt (RV-4)', async () => {
  const ecosystem = open();
  await ecosystem.track(request([withPrint('eval', 'src/old.ts', 'p1')]));
  expect(await ecosystem.track(request([withPrint('eval', 'src/new.ts', 'p1')], { runId: 'r-2', commit: 'c2' }))).toMatchObject({
    created: [],
    confirmed: ['MHV-001'],
    resolved: [],
  });
  expect(await ecosystem.get('MHV-001')).toMatchObject({ fingerprint: 'v1:src/new.ts', affectedFiles: ['src/new.ts'], status: 'pending' });
  // Two with the same text: nobody knows which of them it was.
  const twice = [withPrint('eval', 'src/x.ts', 'p1'), withPrint('eval', 'src/y.ts', 'p1')];
  expect(await ecosystem.track(request(twice, { runId: 'r-3', commit: 'c3' }))).toMatchObject({
    created: ['MHV-002', 'MHV-003'],
    resolved: ['MHV-001'],
  });
});

it("another tool's fingerprint finds the issue again (RV-8)", async () => {
  const ecosystem = open();
  await ecosystem.track(request([finding('a', { otherFingerprints: ['sarif:1'] })]));
  const changed = finding('a', { fingerprint: 'v1:changed', otherFingerprints: ['sarif:1'] });
  expect(await ecosystem.track(request([changed], { runId: 'r-2' }))).toMatchObject({ created: [], confirmed: ['MHV-001'] });
});

it('a suppressed finding files nothing; its issue waits with the reason, and comes back when that ends (RV-9)', async () => {
  const ecosystem = open();
  const why = { id: 'S-1', source: 'owner' as const, reason: 'build script', by: 'dana', until: '2027-01-01T00:00:00.000Z' };
  expect(await ecosystem.track(request([], { suppressed: [{ finding: finding('a'), suppressed: why }] }))).toMatchObject({
    created: [],
    held: [],
  });
  await ecosystem.track(request([finding('a')], { runId: 'r-2' }));
  const held = request([], { runId: 'r-3', suppressed: [{ finding: finding('a'), suppressed: why }] });
  expect(await ecosystem.track(held)).toMatchObject({ held: ['MHV-001'], resolved: [] });
  expect(await ecosystem.get('MHV-001')).toMatchObject({
    status: 'closed',
    metadata: { held_because: 'build script', held_until: why.until },
  });
  const text = readFileSync(file, 'utf8');
  await ecosystem.track(held);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(await ecosystem.track(request([finding('a')], { runId: 'r-4' }))).toMatchObject({ reopened: ['MHV-001'], created: [] });
  const issue = await ecosystem.get('MHV-001');
  expect(issue).toMatchObject({ status: 'pending', metadata: { reopened: 1 } });
  expect(Object.keys(issue!.metadata)).not.toContain('held_because');
});
