/** The same pseudo-random numbers everywhere (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const nouns = ['order', 'invoice', 'shipment', 'customer', 'payment', 'stock', 'price', 'refund', 'ledger', 'session', 'report', 'channel'];
const verbs = ['load', 'merge', 'check', 'count', 'split', 'index', 'format', 'parse', 'assign', 'collect', 'resolve', 'update'];

interface Options {
  files: number;
  /** Functions of a file: a few in most, many in some, as in real trees. */
  functions: (random: number) => number;
  seed: number;
}

const realistic = (value: number) => 3 + Math.floor(22 * value ** 3 + 5 * value);

/** A tree, half Python and half TypeScript, in packages that import each other, with a defect in about every eighth function. */
export function generateTree({ files, functions = realistic, seed = 500 }: Partial<Options> & { files: number }): Record<string, string> {
  const next = random(seed);
  const pick = (words: readonly string[]) => words[Math.floor(next() * words.length)] ?? 'item';
  const tree: Record<string, string> = {
    'README.md': '# Generated\n\nA tree for measuring.\n',
    'pyproject.toml': '[project]\nname = "generated"\nversion = "1.0.0"\n',
  };
  tree['package.json'] = '{ "name": "generated", "version": "1.0.0", "private": true, "type": "module" }\n';
  for (let at = 0; at < files; at++) {
    const python = at % 2 === 0;
    const group = `${pick(nouns)}s`;
    const body = Array.from({ length: functions(next()) }, (_, number) => {
      const name = `${pick(verbs)}_${pick(nouns)}_${number}`;
      const defect = next() < 0.125 ? Math.floor(next() * 5) : -1;
      return python ? pythonFunction(name, defect) : scriptFunction(camel(name), defect);
    });
    if (python) tree[`app/${group}/module_${at}.py`] = `${pythonHead(at)}\n\n${body.join('\n\n')}`;
    else tree[`src/${group}/module-${at}.ts`] = `${scriptHead}\n${body.join('\n')}`;
  }
  return tree;
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const pythonHead = (at: number) => `"""Module ${at}: reads, checks and sums up records."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass
class Record:
    """One line of a table."""

    key: str
    amount: int = 0
    tags: list[str] = field(default_factory=list)


def read_records(path: Path) -> list[Record]:
    """Reads what \`write_records\` wrote."""
    with path.open(encoding="utf-8") as stream:
        return [Record(**json.loads(line)) for line in stream if line.strip()]


def group_by_key(records: list[Record]) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        groups[record.key].append(record)
    return dict(groups)
`;

const pythonDefects = [
  '    try:\n        total += len(records)\n    except:\n        pass\n',
  '    total += undefined_offset\n',
  '    unused_total = total * 2\n',
  '    total += eval("1 + 1")\n',
  '    if total == None:\n        total = 0\n',
];

const pythonFunction = (
  name: string,
  defect: number,
) => `def ${name}(records: list[Record], limit: int = 100, label: str = "${name}") -> dict[str, int]:
    """Sums the amounts of at most \`limit\` records by key."""
    sums: dict[str, int] = {}
    total = 0
    for position, record in enumerate(records):
        if position >= limit:
            log.info("%s: stopped after %d records", label, limit)
            break
        if record.amount < 0 and "credit" not in record.tags:
            raise ValueError(f"{label}: a negative amount in {record.key}")
        sums[record.key] = sums.get(record.key, 0) + record.amount
        total += record.amount
${pythonDefects[defect] ?? ''}    if total > 1_000_000:
        log.warning("%s: a total of %d", label, total)
    return {key: amount for key, amount in sorted(sums.items()) if amount != 0}
`;

const scriptHead = `import { readFile } from 'node:fs/promises';

export interface Entry {
  key: string;
  amount: number;
  tags: readonly string[];
}

/** Reads one entry a line. */
export async function readEntries(path: string): Promise<Entry[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Entry);
}
`;

const scriptDefects = [
  '  try {\n    JSON.parse(label);\n  } catch {}\n',
  "  if (total === NaN) throw new Error('not a number');\n",
  '  const unusedTotal = total * 2;\n',
  "  total += eval('1 + 1');\n",
  '  if (label === label) total += 0;\n',
];

const scriptFunction = (name: string, defect: number) => `/** Sums the amounts of at most \`limit\` entries by key. */
export function ${name}(entries: readonly Entry[], limit = 100, label = '${name}'): Map<string, number> {
  const sums = new Map<string, number>();
  let total = 0;
  for (const [position, entry] of entries.entries()) {
    if (position >= limit) break;
    if (entry.amount < 0 && !entry.tags.includes('credit')) {
      throw new RangeError(\`\${label}: a negative amount in \${entry.key}\`);
    }
    sums.set(entry.key, (sums.get(entry.key) ?? 0) + entry.amount);
    total += entry.amount;
  }
${scriptDefects[defect] ?? ''}  if (total > 1_000_000) sums.delete('');
  return new Map([...sums].filter(([, amount]) => amount !== 0).sort(([a], [b]) => a.localeCompare(b)));
}
`;
