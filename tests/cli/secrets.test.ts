import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.js';
import { type Sandbox, sandbox } from './support.js';

// Put together here: this repository holds nothing that looks like a token.
const secrets = {
  slack: ['xoxb', '204857391066', '2048573910663', 'abcdefghijklmnopqrstuvwx'].join('-'),
  github: `ghp_${'a1B2c3D4e5'.repeat(3)}f6G7h8`,
  stripe: ['sk', 'live', 'a1B2c3D4e5F6g7H8i9J0k1L2'].join('_'),
  google: `AIza${'Sy0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, 35)}`,
  password: ['hunter2', 'hunter2'].join(''),
  database: ['Sup3r', 'S3cretPw'].join(''),
  npm: `npm_${'Zz9Yy8Xx7W'.repeat(3)}vV6uU5`,
};

let database: Awaited<ReturnType<typeof freshDatabase>>;
let box: Sandbox;
beforeAll(async () => {
  database = await freshDatabase();
  box = sandbox(database.url);
  box.setSettings(`allowed_folders: [${box.root}]\n`);
});
afterAll(async () => {
  box.remove();
  await database.drop();
});

/** Every row of every table, ours and the engine's, as text. */
async function dump(): Promise<string> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('mahavishnu', 'dbos') and table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(15);
  const parts = await Promise.all(
    tables.map(async ({ name }) => JSON.stringify((await database.pool.query(`select t::text from ${name} t`)).rows)),
  );
  // Bytes are printed as hex: what is in them is looked for as it is.
  const { rows } = await database.pool.query<{ content: Buffer }>('select content from mahavishnu.artefacts');
  return [...parts, ...rows.map(({ content }) => content.toString('utf8'))].join('\n');
}

/** Of the bot's own files; clones are the repository itself. */
function files(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\/(clones|postgres)(\/|$)/.test(entry.parentPath))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

it('planted secrets stand in the repository and nowhere else (RV-10)', async () => {
  const path = box.repository('leaky', {
    ...Object.fromEntries(
      Object.entries(secrets).map(([kind, value]) => [`src/${kind}.js`, `export const ${kind}Token = '${value}';\neval('${value}');\n`]),
    ),
    'src/settings.py': `password = "${secrets.password}"\nDEBUG = undefined_name  # ${secrets.password} ${secrets.github}\n`,
    'src/address.py': `URL = "postgres://app:${secrets.database}@db.example.com:5432/app"\nprint(undefined_name, "${secrets.database}")\n`,
    'README.md': `Try it with ${secrets.github}\n`,
    '.mahavishnu.yaml': `suppress: [{ rule: no-eval, path: src/stripe.js, until: ${new Date(Date.now() + 1e9).toISOString().slice(0, 10)}, reason: "known, see ${secrets.stripe}", by: dana }]\n`,
  });
  const sarif = join(box.root, 'out.sarif');
  const log = join(box.root, 'in.sarif');
  const at = { locations: [{ physicalLocation: { artifactLocation: { uri: 'src/github.js' }, region: { startLine: 2 } } }] };
  writeFileSync(
    log,
    JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'leaker' } },
          results: [{ ruleId: 'a', message: { text: `found ${secrets.github} and ${secrets.password}` }, ...at }],
        },
      ],
    }),
  );
  const reviewed = await box.run(['--verbose', 'review', path, '--scope', 'all', '--json', '--sarif', sarif, '--import', log]);
  const { run_id, findings } = JSON.parse(reviewed.stdout) as {
    run_id: string;
    findings: { id: string; rule: string; agents: string[] }[];
  };
  expect(findings.filter(({ rule }) => rule.startsWith('secretlint/')).length).toBeGreaterThan(4);
  expect(findings.some(({ agents }) => agents.includes('leaker'))).toBe(true);
  const contested = await box.run(['contest', run_id, findings[0]!.id, '--reason', `it is only ${secrets.slack}`]);
  const shown = await box.run(['runs', 'show', run_id]);
  const rows = await dump();
  expect(rows).toContain('[redacted]');
  const places: Record<string, string> = {
    database: rows,
    'state folder and logs': files(box.state),
    'ecosystem.yaml': readFileSync(box.ecosystem, 'utf8'),
    SARIF: readFileSync(sarif, 'utf8'),
    'standard output': reviewed.stdout + contested.stdout + shown.stdout,
    'standard error': reviewed.stderr + contested.stderr + shown.stderr,
  };
  const found = Object.entries(places).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([kind, value]) =>
      text.includes(value) ? [`${kind} in ${place}: ${text.slice(Math.max(0, text.indexOf(value) - 80), text.indexOf(value) + 5)}`] : [],
    ),
  );
  expect(found).toEqual([]);
});
