import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { openEcosystem } from '../../../src/coordination/ecosystem.js';
import type { Finding } from '../../../src/review/finding.js';
import { type Bench, type Figures, withFolder } from '../bench.js';
import { median, round } from '../statistics.js';

const issues = 10_000;
const findings = 3_000;

/** The coordination file with 10,000 issues; every round after somebody else changed one of them, so that no round answers from memory alone. */
export async function measureCoordination(bench: Bench): Promise<Figures> {
  return withFolder('coordination', async (folder) => {
    const file = join(folder, 'ecosystem.yaml');
    const at = '2026-01-15T09:00:00.000Z';
    const all = Array.from({ length: issues }, (_, number) => ({
      id: `MHV-${String(number + 1).padStart(3, '0')}`,
      title: `Finding ${number} of a review`,
      description: `What is wrong in line ${number}, and why it matters.`,
      status: number % 3 === 0 ? 'resolved' : 'pending',
      priority: ['P0', 'P1', 'P2'][number % 3],
      severity: 'medium',
      pool: 'python',
      repos: [`repository-${number % 20}`],
      affected_files: [`app/module_${number % 500}.py`],
      created: at,
      updated: at,
      fingerprint: `v1:${number}`,
    }));
    await writeFile(file, stringify({ coordination: { issues: all } }));
    const taken = { list: [] as number[], create: [] as number[], compare: [] as number[], bare: [] as number[] };
    const ecosystem = openEcosystem({ file });
    const timed = async (into: number[], work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      into.push(performance.now() - began);
    };
    for (let at = 0; at <= bench.rounds; at++) {
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(`Finding ${at} of`, `Finding ${at} seen again of`));
      await timed(taken.list, () => ecosystem.list({ status: 'pending', priority: 'P1' }));
      await timed(taken.create, () =>
        ecosystem.create({ title: `New ${at}`, repos: ['repository-1'], fingerprint: `v1:new-${at}` } as Parameters<
          typeof ecosystem.create
        >[0]),
      );
      await timed(taken.compare, () =>
        ecosystem.compare({
          repo: 'repository-1',
          runId: `r-${at}`,
          commit: 'c0ffee',
          scope: 'all',
          findings: Array.from({ length: findings }, (_, number) => findingOf(number)),
          reviewed: { rule: () => true, file: () => true },
        }),
      );
      await timed(taken.bare, async () => stringify(parse(await readFile(file, 'utf8'))));
    }
    const figure = (values: readonly number[]) => round(median(values.slice(1)));
    return {
      list_10k_ms: figure(taken.list),
      create_10k_ms: figure(taken.create),
      compare_3k_ms: figure(taken.compare),
      bare_parse_and_stringify_ms: figure(taken.bare),
    };
  });
}

function findingOf(number: number): Finding {
  const place = { file: `app/module_${number % 500}.py`, startLine: number + 1, endLine: number + 1 };
  return {
    ...place,
    id: `F-${number + 1}`,
    rule: 'ruff/F821',
    title: `Finding ${number}`,
    description: 'What is wrong, and why it matters.',
    severity: 'medium',
    priority: 'P1',
    perspective: 'language',
    pool: 'python',
    places: [place],
    evidence: 'value = undefined_name',
    suggestedFix: null,
    fixer: null,
    confidence: 0.9,
    agents: ['language-python'],
    // A third is known.
    fingerprint: `v1:${number % 3 === 0 ? number * 20 + 1 : `new-${number}`}`,
  };
}
