import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InvalidSettings } from '../../src/errors.js';
import { parseRepositoryPolicy } from '../../src/repos/policy.js';
import { type AgentTeam, agentTeam, defaultTeam } from '../../src/review/agents.js';
import { judgedRules } from '../../src/review/judged-rules.js';
import { Agents } from '../../src/settings/agents.js';
import { loadSettings } from '../../src/settings/load.js';
import { review, tree } from './support.js';

function load(files: Record<string, string>, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mahavishnu-settings-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return loadSettings({ env: { HOME: folder, ...env }, folder, cwd: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function problems(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InvalidSettings) return [...error.problems];
    throw error;
  }
  return [];
}

const repository = (text: string) => parseRepositoryPolicy(text).agents;

test('the committed file says what is built in; a file need only say what is different (RV-1)', () => {
  const packaged = loadSettings({ env: { HOME: '/nowhere' }, cwd: '/' });
  expect(packaged.agents).toEqual(Agents.parse({}));
  expect(defaultTeam.agents.map(({ name, perspective, language }) => [name, perspective, language])).toEqual([
    ['architect', 'architect', null],
    ['security', 'security', null],
    ['language-python', 'language', 'python'],
    ['language-typescript', 'language', 'typescript'],
    ['performance', 'performance', null],
  ]);
  const own = load({
    'agents.yaml':
      'agents:\n  performance: { enabled: false }\n  deep: { perspective: security, engine: claude, time_limit: 5m, budget: { usd: 1 } }\n',
    'local.yaml': 'agents: { deep: { model: claude-sonnet-5 } }\n',
  });
  expect(Object.keys(own.agents)).toEqual(['architect', 'security', 'language-python', 'language-typescript', 'performance', 'deep']);
  expect(own.agents.performance).toMatchObject({ enabled: false, perspective: 'performance' });
  expect(own.agents.deep).toMatchObject({ timeLimit: 300_000, budget: { usd: 1, tokens: null, turns: null }, model: 'claude-sonnet-5' });
});

test('every problem of the file is named with its line and path', () => {
  const found = problems(() =>
    load({
      'agents.yaml': [
        'agents:',
        '  Security: { perspective: security }',
        '  a: { perspective: nonsense }',
        '  b: { perspective: security, engine: command }',
        '  c: { perspective: security, run: ls }',
        '  d: { perspective: security, engine: codex, budget: { usd: 1 } }',
        '  e: { perspective: security, engine: claude, refute_by: nobody }',
        '  f: { perspective: security, engine: claude, refute_by: architect }',
        '  g: { perspective: security, engine: sarif, run: x, tyme_limit: 5m }',
        '  h: { perspective: security, files: { include: [../x] } }',
        'slack: {}',
      ].join('\n'),
    }),
  );
  expect(found.join('\n')).toMatch(/agents\.yaml:2 agents\.Security.*small letters/);
  expect(found.join('\n')).toMatch(/agents\.yaml:3 agents\.a\.perspective: one of architect/);
  expect(found.join('\n')).toMatch(/agents\.yaml:9 agents\.g\.tyme_limit: unknown key, did you mean "time_limit"/);
  expect(found.join('\n')).toMatch(/agents\.yaml:10 agents\.h\.files\.include\.0: must be a pattern of paths inside/);
  expect(found.join('\n')).toMatch(/agents\.yaml:11 slack: only agents and engines stand in this file/);
  const later = problems(() =>
    load({
      'agents.yaml': [
        'agents:',
        '  b: { perspective: security, engine: command }',
        '  c: { perspective: security, run: ls }',
        '  d: { perspective: security, engine: codex, budget: { usd: 1 } }',
        '  mahavishnu: { perspective: security, engine: command, run: x }',
      ].join('\n'),
    }),
  );
  expect(later).toEqual([
    expect.stringMatching(/agents\.yaml:2 agents\.b\.run: engine "command" needs the command/),
    expect.stringMatching(/agents\.yaml:3 agents\.c\.run: engine "built-in" runs no command/),
    expect.stringMatching(/agents\.yaml:4 agents\.d\.budget\.usd: Codex does not say/),
    expect.stringMatching(/agents\.yaml:5 agents\.mahavishnu: "mahavishnu" is the beginning of other rules/),
  ]);
  const last = problems(() =>
    load({
      'agents.yaml':
        'agents:\n  e: { perspective: security, engine: claude, refute_by: nobody }\n  f: { perspective: security, engine: claude, refute_by: architect }\n',
    }),
  );
  expect(last).toEqual([
    expect.stringMatching(/agents\.yaml:2 agents\.e\.refute_by: there is no agent "nobody"/),
    expect.stringMatching(/agents\.yaml:3 agents\.f\.refute_by: "architect" is built-in/),
  ]);
});

test('a repository switches off and adds built-in agents; commands and money only where the settings let it', () => {
  const asked = repository(
    [
      'agents:',
      '  performance: off',
      '  architect: { enabled: false }',
      '  strict: { perspective: security, rules: { allow: [sql-injection] }, files: { include: [src/**] } }',
      '  runs: { perspective: security, engine: command, run: rm -rf / }',
      '  spends: { perspective: security, engine: claude }',
    ].join('\n'),
  );
  const names = (team: AgentTeam) => team.agents.map(({ name }) => name);
  const untrusted = agentTeam(Agents.parse({}), asked);
  expect(names(untrusted)).toEqual(['security', 'language-python', 'language-typescript', 'strict']);
  expect(untrusted.off.map(({ agent, reason }) => `${agent}: ${reason}`)).toEqual([
    "architect: switched off by the repository's .mahavishnu.yaml",
    "performance: switched off by the repository's .mahavishnu.yaml",
    expect.stringMatching(/^runs: asked for by the repository, but the settings do not let its agents run commands/),
    expect.stringMatching(/^spends: asked for by the repository, but the settings do not let its agents spend money/),
  ]);
  expect(names(agentTeam(Agents.parse({}), asked, { mayRun: true, maySpend: false }))).toContain('runs');
  expect(names(agentTeam(Agents.parse({}), asked, { mayRun: true, maySpend: true }))).toContain('spends');

  const grabbing = repository('agents:\n  deep: { perspective: security, engine: command, run: env }\n  nobody: off\n');
  const owner = Agents.parse({ deep: { perspective: 'security', engine: 'claude' } });
  expect(problems(() => agentTeam(owner, grabbing, { mayRun: true, maySpend: true }))).toEqual([
    expect.stringMatching(/agents\.deep: belongs to the bot's settings/),
    expect.stringMatching(/agents\.nobody: there is no such agent/),
  ]);
  expect(problems(() => repository('agents:\n  x: { perspective: security, engine: nonsense }\n'))[0]).toMatch(
    /^\.mahavishnu\.yaml:2: agents\.x/,
  );
  expect(problems(() => repository('agents:\n  __proto__: off\n'))[0]).toMatch(/small letters/);
});

const code = {
  'src/db.py': 'import yaml\n\n\ndef f(text):\n    yaml.load(text, Loader=yaml.Loader)\n    return undefined_thing\n',
  'lib/db.py': 'import yaml\n\n\ndef g(text):\n    yaml.load(text, Loader=yaml.Loader)\n',
};

test('agents see only their rules and files; what is off is in the coverage, never silent (RV-6)', async () => {
  const folder = tree(code);
  const all = await review(folder);
  expect(all.coverage.off).toBeUndefined();
  const loads = all.findings.filter(({ rule }) => rule === 'ruff/S506');
  expect(loads.map(({ file }) => file).sort()).toEqual(['lib/db.py', 'src/db.py']);

  const agents = Agents.parse({
    security: { enabled: false },
    strict: { perspective: 'security', rules: { allow: ['unsafe-deserialisation'] }, files: { include: ['src/**'] } },
    'language-python': { rules: { deny: ['undefined-name'] } },
  });
  const some = await review(folder, 'all', { team: agentTeam(agents) });
  expect(some.findings.map(({ rule, file, agents: by }) => [rule, file, by])).toEqual(
    loads.filter(({ file }) => file === 'src/db.py').map(({ rule, file }) => [rule, file, ['strict']]),
  );
  expect(some.coverage.off).toEqual([{ agent: 'security', reason: 'switched off in the settings' }]);
  expect(some.coverage.agents.find(({ agent }) => agent === 'strict')).toMatchObject({ status: 'done', findings: 1 });
});

test('an issue is resolved only by an agent that knows its rule, looked at its file and did not fail', async () => {
  const coverage = {
    agents: [{ agent: 'security', perspective: 'security' as const, status: 'done' as const, findings: 0, durationMs: 1, reason: null }],
  };
  const judge = (team: AgentTeam, status: 'done' | 'failed' = 'done') =>
    judgedRules({ scope: 'all', team, coverage: { agents: coverage.agents.map((outcome) => ({ ...outcome, status })) } });
  expect((await judge(defaultTeam))('ruff/S506', 'src/a.py')).toBe(true);
  expect((await judge(defaultTeam, 'failed'))('ruff/S506', 'src/a.py')).toBe(false);
  const narrow = agentTeam(Agents.parse({ security: { files: { include: ['src/**'] }, rules: { deny: ['ruff/S314'] } } }));
  const judged = await judge(narrow);
  expect(judged('ruff/S506', 'src/a.py')).toBe(true);
  expect(judged('ruff/S506', 'lib/a.py')).toBe(false);
  expect(judged('ruff/S314', 'src/a.py')).toBe(false);
  const off = agentTeam(Agents.parse({ security: { enabled: false } }));
  expect((await judge(off))('ruff/S506', 'src/a.py')).toBe(false);

  const others = agentTeam(
    Agents.parse({
      deep: { perspective: 'security', engine: 'claude' },
      shiny: { perspective: 'security', engine: 'sarif', run: 'x' },
    }),
  );
  const outcome = (agent: string, status: 'done' | 'failed') => ({ ...coverage.agents[0]!, agent, status });
  const both = await judgedRules({ scope: 'all', team: others, coverage: { agents: [outcome('deep', 'done'), outcome('shiny', 'done')] } });
  expect(both('shiny/S1', 'a.py')).toBe(true);
  expect(both('claude/sql-injection', 'a.py'), 'that a model is silent proves nothing').toBe(false);
  const failing = await judgedRules({ scope: 'all', team: others, coverage: { agents: [outcome('shiny', 'failed')] } });
  expect(failing('shiny/S1', 'a.py')).toBe(false);
});
