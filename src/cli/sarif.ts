import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { version } from '../about.js';
import type { App } from '../app.js';
import type { Run } from '../bot.js';
import { InvalidRequest } from '../errors.js';
import { isUrl } from '../repos/source.js';
import { readSarif } from '../review/sarif/read.js';
import { toSarif } from '../review/sarif/write.js';
import type { RunRequest } from '../runs/run.js';
import { redact } from '../security/redact.js';
import { saveArtefact } from '../workflows/artefacts.js';
import { oneLine } from './text.js';

const MAX_BYTES = 128 * 1024 * 1024;

/** A run as SARIF 2.1.0 text. */
export async function sarifOf({ bot, catalogue }: Pick<App, 'bot' | 'catalogue'>, run: Run): Promise<string> {
  const { commit, branch, review } = run.progress;
  const log = toSarif({
    version,
    repository: run.repository,
    repositoryUri: addressOf(catalogue, run),
    commit,
    branch,
    run: { id: run.id, scope: run.request.scope, status: run.status, startedAt: run.createdAt, endedAt: run.endedAt },
    findings: await bot.findings(run.id),
    suppressed: (await bot.suppressed(run.id)).map(({ finding, suppressed: { source, reason, by, until } }) => ({
      finding,
      suppression: { kind: source === 'comment' ? ('inSource' as const) : ('external' as const), reason, by, until },
    })),
    coverage: review?.coverage ?? null,
  });
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Null for a folder, and for an address that would give a password away. */
function addressOf(catalogue: App['catalogue'], { repository, request }: Run): string | null {
  if (request.path) return null;
  const url = catalogue()
    .all()
    .find(({ name }) => name === repository)?.url;
  if (!url || !isUrl(url) || !URL.canParse(url)) return null;
  const address = new URL(url);
  return address.password === '' && address.username === '' ? address.href : null;
}

/** Said before a run is recorded: after minutes of review it would be late. */
export function checkSarifTarget(file: string): void {
  const folder = dirname(resolve(file));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidRequest(`There is no folder ${oneLine(folder)} for --sarif.`);
  if (statSync(resolve(file), { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidRequest(`--sarif ${oneLine(file)} is a folder; name a file.`);
}

/** In one step, so that nobody reads half a log. */
export function writeSarif(file: string, text: string): void {
  const path = resolve(file);
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new InvalidRequest(`${oneLine(path)} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

export interface SarifFile {
  name: string;
  shown: string;
  content: Buffer;
}

/** Reads and checks what `--import` names, before anything is recorded. */
export function readImports(files: readonly string[]): SarifFile[] {
  return files.map((file, at) => {
    const path = resolve(file);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats?.isFile()) throw new InvalidRequest(`There is no file ${oneLine(path)} to import.`);
    if (stats.size > MAX_BYTES) throw new InvalidRequest(`${oneLine(path)} is larger than ${MAX_BYTES / 1024 / 1024} MB.`);
    const text = readFileSync(path, 'utf8');
    const shown = oneLine(basename(path)).slice(0, 100);
    readSarif(text, { shown });
    return { name: `import-${at + 1}.sarif`, shown, content: Buffer.from(withoutSecrets(text)) };
  });
}

/** The log waits in the database until it is reviewed: what looks like a secret does not (RV-10). */
function withoutSecrets(text: string): string {
  const masked: unknown = JSON.parse(text.replace(/^\uFEFF/, ''), (_, value: unknown) =>
    typeof value === 'string' ? redact(value) : value,
  );
  return JSON.stringify(masked);
}

/** Stored before the run is recorded, under its trigger: whichever process reviews finds them. */
export async function storeImports(
  app: Pick<App, 'database'>,
  trigger: string,
  files: readonly SarifFile[],
): Promise<RunRequest['imports']> {
  for (const { name, content } of files) await saveArtefact(app, trigger, name, content);
  return files.map(({ name, shown }) => ({ name, shown, from: trigger }));
}
