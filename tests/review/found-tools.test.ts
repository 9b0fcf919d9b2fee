import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { brief, scratchFolder, tree } from './support.js';

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

/** A folder of PATH with programs of the owner's; what they print is what the real ones print (recorded). */
function owner(programs: Record<string, string>, folder = scratchFolder()): string {
  for (const [name, body] of Object.entries(programs)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} 1.2.3"; exit 0; fi\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** What was looked for once is remembered by the process, so each test loads the program anew. */
async function review(folder: string, search: string) {
  // Nothing but what the test put there: the machine may have the real ones.
  process.env.PATH = search;
  vi.resetModules();
  const { reviewTree } = await import('../../src/review/review-tree.js');
  return reviewTree({ folder, commit: 'c0ffee', scope: 'all', scratch: scratchFolder() });
}

const folder = tree({ 'clean.sh': '#!/bin/bash\nrm -rf "$where/"*\n', 'a.py': 'import pickle\npickle.loads(data)\n' });
const shellcheck = `echo '{"comments":[{"file":"./clean.sh","line":2,"endLine":2,"column":8,"endColumn":17,"level":"warning","code":2115,"message":"Use \\"\${var:?}\\" to ensure this never expands to /* .","fix":null}]}'; exit 1`;
const bandit = `echo '{"errors":[],"generated_at":"","metrics":{},"results":[{"code":"","col_offset":0,"end_col_offset":18,"filename":"././a.py","issue_confidence":"HIGH","issue_severity":"MEDIUM","issue_text":"Pickle can be unsafe.","line_number":2,"line_range":[2],"test_id":"B301","test_name":"blacklist"}]}'; exit 1`;

describe('programs of the machine that are found', () => {
  it('are used, and agree with the others on the same defect', async () => {
    const { findings, coverage } = await review(folder, owner({ shellcheck, bandit }));
    expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(brief(findings)).toContain('shellcheck/SC2115 clean.sh:2');
    const unsafe = findings.filter(({ file, title }) => file === 'a.py' && title === 'Unsafe deserialisation');
    expect(unsafe).toHaveLength(1);
    expect(unsafe[0]?.description).toContain('bandit B301');
  });

  it('fail the agents that rely on them when they break', async () => {
    const { coverage } = await review(folder, owner({ shellcheck: 'echo all is well', bandit: 'exit 9' }));
    const reasons = coverage.agents.filter(({ status }) => status === 'failed').map(({ reason }) => reason);
    expect(reasons.join('\n')).toContain('bandit ended with exit code 9');
    expect(reasons.join('\n')).toContain('shellcheck printed something that cannot be read');
  });

  it('are never taken from the packages of a project', async () => {
    const bin = join(scratchFolder(), 'node_modules', '.bin');
    const { findings } = await review(tree({ 'clean.sh': '#!/bin/bash\nrm -rf "$where/"*\n' }), owner({ shellcheck }, bin));
    expect(brief(findings).filter((line) => line.startsWith('shellcheck/'))).toEqual([]);
  });
});
