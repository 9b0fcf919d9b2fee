import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../../review/analyzers/found/find-tool.js';
import { SourceTexts } from '../../review/analyzers/source-texts.js';
import { foundTools, type Tool } from '../../review/hit.js';
import { ruleTable } from '../../review/rules/table.js';
import { runAnalyzers } from '../../review/run-analyzers.js';
import { shorten } from '../text.js';
import { type Check, failed, fine } from './check.js';

const block = Array.from({ length: 30 }, (_, at) => `  const value${at} = items[${at}] ?? other(items.length - ${at});`).join('\n');
const twice = (name: string) => `export function ${name}(items, other) {\n${block}\n  return value0 + value29;\n}\n`;

/** One planted defect or more for every analyzer. The token is put together here so that no file of ours holds one; nobody issued it. */
const planted = {
  'sample.py':
    'import os\n\n\ndef total(items):\n    return undefined_name + eval(items)\n\n\nclass Book:\n    title: str = 3\n\n\nBook().missing()\n',
  'sample.ts': `export function run(text: string) {\n  eval(text);\n  debugger;\n  try {\n    JSON.parse(text);\n  } catch (error) {}\n  return text;\n}\nexport const token = '${['xoxb', '204857391066', '2048573910663', 'sampleSampleSampleSample'].join('-')}';\n`,
  'first.js': twice('first'),
  'second.js': twice('second'),
};

const tools: readonly Tool[] = ['ruff', 'ast-grep', 'oxlint', 'pyright', 'secretlint', 'jscpd'];

/** Every analyzer is run for real on a small tree, as a review runs it, and has to find what was planted there. */
export async function checkAnalyzers(): Promise<Check[]> {
  const root = await mkdtemp(join(tmpdir(), 'mahavishnu-doctor-'));
  try {
    const [folder, scratch] = [join(root, 'tree'), join(root, 'scratch')];
    await mkdir(folder);
    for (const [file, text] of Object.entries(planted)) await writeFile(join(folder, file), text);
    const table = await ruleTable();
    const runs = await runAnalyzers({
      folder,
      scratch,
      inventory: { files: Object.keys(planted) },
      table,
      rules: table.rules,
      texts: new SourceTexts(folder),
      timeoutMs: 60_000,
    });
    const checks = tools.map((tool) => {
      const name = `analyzer ${tool}`;
      const run = runs.find((candidate) => candidate.tool === tool);
      const advice = 'Run npm ci again in the folder of Mahavishnu; until then reviews say that the agents which need it failed.';
      if (!run) return failed(name, 'did not run', advice);
      if (run.reason !== null) return failed(name, shorten(run.reason, 300), advice);
      if (run.hits.length === 0) return failed(name, 'ran and did not find the planted defect', advice);
      return fine(name, `found the planted defect in ${run.durationMs} ms`);
    });
    return [...checks, ...(await Promise.all(foundTools.map(checkFound)))];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Nobody misses these; where they are, reviews use them. */
async function checkFound(tool: (typeof foundTools)[number]): Promise<Check> {
  const found = await findTool(tool);
  return fine(`analyzer ${tool}`, found ? `${found.version} at ${found.path} is used` : 'not found on PATH, so reviews do without it');
}
