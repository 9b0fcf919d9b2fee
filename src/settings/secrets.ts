import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';

export const secretNames = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'DATABASE_URL',
  'MAHAVISHNU_AUTH_SECRET',
  'MAHAVISHNU_CLI_TOKEN',
  'NPM_TOKEN',
  'PYPI_TOKEN',
  'GITHUB_TOKEN',
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
] as const;
export type SecretName = (typeof secretNames)[number];

/** What each secret has to look like; a token pasted into the wrong variable is found before Slack or a registry is asked. */
const shapes: Partial<Record<SecretName, [RegExp, string]>> = {
  SLACK_BOT_TOKEN: [/^xoxb-/, 'expected a bot token (xoxb-…)'],
  SLACK_APP_TOKEN: [/^xapp-/, 'expected an app-level token (xapp-…)'],
  SLACK_SIGNING_SECRET: [/^[0-9a-f]{32,}$/i, 'expected the signing secret of the app (32 hexadecimal characters)'],
  DATABASE_URL: [/^postgres(?:ql)?:\/\//, 'expected a Postgres address (postgres://…)'],
};

/** Secrets by name. Printing, logging or serialising the object shows names only. */
export class Secrets {
  readonly #values: ReadonlyMap<SecretName, string>;
  constructor(values: ReadonlyMap<SecretName, string>) {
    this.#values = values;
  }
  get(name: SecretName): string | undefined {
    return this.#values.get(name);
  }
  has(name: SecretName): boolean {
    return this.#values.has(name);
  }
  names(): SecretName[] {
    return [...this.#values.keys()];
  }
  toJSON(): string[] {
    return this.names();
  }
  [inspect.custom](): string {
    return `Secrets(${this.names().join(', ')})`;
  }
}

/** Reads every known secret from the environment or from the file its `NAME_FILE` names; problems never contain a value. */
export function readSecrets(env: Readonly<Record<string, string | undefined>>, problems: string[]): Secrets {
  const values = new Map<SecretName, string>();
  for (const name of secretNames) {
    const value = readSecret(name, env, problems);
    if (value === undefined) continue;
    const shape = shapes[name];
    if (shape && !shape[0].test(value)) problems.push(`environment ${name}: ${shape[1]}`);
    else if (name === 'MAHAVISHNU_AUTH_SECRET' && !isStrong(value)) {
      problems.push(`environment ${name}: too weak; use 32 random characters or more, such as from \`openssl rand -hex 32\``);
    } else values.set(name, value);
  }
  return new Secrets(values);
}

function readSecret(name: SecretName, env: Readonly<Record<string, string | undefined>>, problems: string[]): string | undefined {
  const file = env[`${name}_FILE`];
  const direct = env[name]?.trim();
  if (file && direct) {
    problems.push(`environment ${name}: set it or ${name}_FILE, not both`);
    return undefined;
  }
  if (!file) return direct || undefined;
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') problems.push(`environment ${name}_FILE: ${file} is empty`);
    return text || undefined;
  } catch (error) {
    problems.push(`environment ${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
    return undefined;
  }
}

/** At least 32 characters and 80 bits by Shannon's measure, which refuses `aaaa…` and `abcabc…`. */
function isStrong(secret: string): boolean {
  const counts = new Map<string, number>();
  for (const character of secret) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bitsEach = 0;
  for (const count of counts.values()) bitsEach -= (count / secret.length) * Math.log2(count / secret.length);
  return secret.length >= 32 && bitsEach * secret.length >= 80;
}
