import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultTeam } from '../../src/review/agents.js';
import { noOwnersTools, type OwnersTools } from '../../src/review/analyzers/found/owners-tools.js';
import { judgedRules } from '../../src/review/judged-rules.js';
import { brief, review as reviewTree, scratchFolder, tree } from './support.js';

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

function review(folder: string, search: string, owners: Partial<OwnersTools> = {}) {
  // Nothing but what the test put there: the machine may have the real ones.
  process.env.PATH = search;
  return reviewTree(folder, 'all', { owners: { ...noOwnersTools, ...owners } });
}

const folder = tree({ 'clean.sh': '#!/bin/bash\nrm -rf "$where/"*\n', 'a.py': 'import pickle\npickle.loads(data)\n' });
const scriptOnly = () => tree({ 'clean.sh': '#!/bin/bash\nrm -rf "$where/"*\n' });
const shellcheck = `echo '{"comments":[{"file":"./clean.sh","line":2,"endLine":2,"column":8,"endColumn":17,"level":"warning","code":2115,"message":"Use \\"\${var:?}\\" to ensure this never expands to /* .","fix":null}]}'; exit 1`;
const bandit = `echo '{"errors":[],"generated_at":"","metrics":{},"results":[{"code":"","col_offset":0,"end_col_offset":18,"filename":"././a.py","issue_confidence":"HIGH","issue_severity":"MEDIUM","issue_text":"Pickle can be unsafe.","line_number":2,"line_range":[2],"test_id":"B301","test_name":"blacklist"}]}'; exit 1`;
const ofShellcheck = (findings: Parameters<typeof brief>[0]) => brief(findings).filter((line) => line.startsWith('shellcheck/'));

describe('programs of the machine that are found', () => {
  it('are used, and agree with the others on the same defect', async () => {
    const { findings, coverage } = await review(folder, owner({ shellcheck, bandit }));
    expect(coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(brief(findings)).toContain('shellcheck/SC2115 clean.sh:2');
    const unsafe = findings.filter(({ file, title }) => file === 'a.py' && title === 'Unsafe deserialisation');
    expect(unsafe).toHaveLength(1);
    expect(unsafe[0]?.description).toContain('bandit B301');
    // What would have looked and was not there is named; what has nothing to look at here is not.
    expect(coverage.tools).toEqual([
      { tool: 'bandit', status: 'used', version: '1.2.3' },
      { tool: 'shellcheck', status: 'used', version: '1.2.3' },
      { tool: 'mypy', status: 'not found' },
    ]);
  });

  it('fail the agents that rely on them when they break', async () => {
    const { coverage } = await review(folder, owner({ shellcheck: 'echo all is well', bandit: 'exit 9' }));
    const reasons = coverage.agents.filter(({ status }) => status === 'failed').map(({ reason }) => reason);
    expect(reasons.join('\n')).toContain('bandit ended with exit code 9');
    expect(reasons.join('\n')).toContain('shellcheck printed something that cannot be read');
  });

  it('that break or print something else: no word of theirs is believed', async () => {
    const files = {
      '.github/workflows/a.yml': 'on: push\n',
      'a.py': 'x = 1\n',
      'package.json': '{"name":"a","version":"1.0.0"}',
      'a.js': 'export {};\n',
    };
    const reasons = async (body: string) => {
      const programs = owner({ zizmor: body, mypy: body, publint: body, knip: body });
      const { coverage } = await review(tree(files), `${programs}:/usr/bin:/bin`, { trusted: true });
      return coverage.agents.flatMap(({ reason }) => reason ?? []).join('\n');
    };
    const wrong = await reasons('echo all is well');
    for (const tool of ['zizmor', 'mypy', 'knip']) expect(wrong).toContain(`${tool} printed something that cannot be read`);
    expect(wrong).toContain('does not lead to the package publint');
    const ended = await reasons('echo sorry >&2; exit 7');
    for (const tool of ['zizmor', 'mypy', 'knip']) expect(ended).toContain(`${tool} ended with exit code 7: sorry`);
  });

  it('are never taken from the packages of a project, nor from a repository on PATH or by way of a link', async () => {
    const bin = join(scratchFolder(), 'node_modules', '.bin');
    expect(ofShellcheck((await review(scriptOnly(), owner({ shellcheck }, bin))).findings)).toEqual([]);

    const repository = scratchFolder();
    const venv = owner({ shellcheck }, join(repository, '.venv', 'bin'));
    const link = scratchFolder();
    symlinkSync(join(venv, 'shellcheck'), join(link, 'shellcheck'));
    for (const search of [venv, link]) {
      const { findings, coverage } = await review(scriptOnly(), search, { repositories: [repository] });
      expect(ofShellcheck(findings)).toEqual([]);
      expect(coverage.tools).toEqual([{ tool: 'shellcheck', status: 'not found' }]);
    }
    // In the reviewed folder itself, when its environment is active.
    const active = scriptOnly();
    const own = await review(active, owner({ shellcheck }, join(active, 'venv', 'bin')));
    expect(own.coverage.tools).toEqual([{ tool: 'shellcheck', status: 'not found' }]);
    // The next folder of PATH has one of the owner's.
    const both = await review(scriptOnly(), `${venv}:${owner({ shellcheck })}`, { repositories: [repository] });
    expect(ofShellcheck(both.findings)).toHaveLength(1);
  });

  it('are where the owner says, or off', async () => {
    const at = join(owner({ 'my-shellcheck': shellcheck }), 'my-shellcheck');
    const named = await review(scriptOnly(), scratchFolder(), { programs: { shellcheck: at } });
    expect(ofShellcheck(named.findings)).toHaveLength(1);
    const off = await review(scriptOnly(), owner({ shellcheck }), { programs: { shellcheck: 'off' } });
    expect(ofShellcheck(off.findings)).toEqual([]);
    expect(off.coverage.tools).toEqual([{ tool: 'shellcheck', status: 'off' }]);
  });

  it('judge what only they know: an issue of theirs is gone when they looked, and not when they were missing or failed', async () => {
    const judge = async (search: string) => {
      const { coverage } = await review(scriptOnly(), search);
      return (await judgedRules({ scope: 'all', team: defaultTeam, coverage }))('shellcheck/SC2115', 'clean.sh');
    };
    expect(await judge(owner({ shellcheck: `echo '{"comments":[]}'` }))).toBe(true);
    expect(await judge(scratchFolder())).toBe(false);
    expect(await judge(owner({ shellcheck: 'exit 9' }))).toBe(false);
  });
});
