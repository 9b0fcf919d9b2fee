import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceTexts } from '../../review/analyzers/source-texts.js';
import { type FoundToolName, foundTools, ownTools } from '../../review/hit.js';
import { ruleTable } from '../../review/rules/table.js';
import { runAnalyzers } from '../../review/run-analyzers.js';
import type { Settings } from '../../settings/load.js';
import { shorten } from '../text.js';
import { stateOfTool } from '../tools.js';
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

/** Every analyzer is run for real on a small tree, as a review runs it, and has to find what was planted there. */
export async function checkAnalyzers(settings: Settings | null): Promise<Check[]> {
  const root = await mkdtemp(join(tmpdir(), 'mahavishnu-doctor-'));
  try {
    const [folder, scratch] = [join(root, 'tree'), join(root, 'scratch')];
    await mkdir(folder);
    for (const [file, text] of Object.entries(planted)) await writeFile(join(folder, file), text);
    const table = await ruleTable();
    const { runs } = await runAnalyzers({
      folder,
      scratch,
      inventory: { files: Object.keys(planted) },
      table,
      rules: table.rules,
      texts: new SourceTexts(folder),
      timeoutMs: 60_000,
    });
    const checks = ownTools.map((tool) => {
      const name = `analyzer ${tool}`;
      const run = runs.find((candidate) => candidate.tool === tool);
      const advice = 'Run npm ci again in the folder of Mahavishnu; until then reviews say that the agents which need it failed.';
      if (!run) return failed(name, 'did not run', advice);
      if (run.reason !== null) return failed(name, shorten(run.reason, 300), advice);
      if (run.hits.length === 0) return failed(name, 'ran and did not find the planted defect', advice);
      return fine(name, `found the planted defect in ${run.durationMs} ms`);
    });
    return [...checks, ...(await Promise.all(foundTools.map((tool) => checkFound(tool, settings))))];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Reviews use these where they are, and say when they would have had something to look at. */
async function checkFound(tool: FoundToolName, settings: Settings | null): Promise<Check> {
  const { state, why } = await stateOfTool(tool, settings);
  return fine(`analyzer ${tool}`, state === 'used' ? why : `${why}, so reviews do without it`);
}
