import { isAbsolute, join, relative } from 'node:path';
import type { z } from 'zod';
import { InvalidSettings } from '../errors.js';
import { type Layer, merge, type Path, readEnvironmentLayer, readYamlLayer } from './layers.js';
import { checkRepositories, isInside } from './repositories.js';
import { MainFile, type MainSettings, type RepoSettings, ReposFile } from './schema.js';
import { readSecrets, type Secrets } from './secrets.js';
import { type Environment, findSettingsFolder, type SettingsOrigin, settingsFiles } from './sources.js';

export interface Settings extends MainSettings {
  repos: RepoSettings[];
  /** Absolute. */
  allowedFolders: string[];
  secrets: Secrets;
  /** The folder everything was read from; `packaged` is read-only, so what the bot writes goes to its state folder then. */
  folder: string;
  origin: SettingsOrigin;
}

export interface SettingsSource {
  env: Environment;
  /** `--settings DIR` */
  folder?: string | undefined;
  cwd: string;
}

/** Reads all layers (SE-1). Throws `InvalidSettings` with every problem of every file at once. */
export function loadSettings(source: SettingsSource): Settings {
  const problems: string[] = [];
  const { folder, origin } = findSettingsFolder(source, problems);
  const shown = (file: string) => {
    const short = relative(source.cwd, join(folder, file));
    return short.startsWith('..') ? join(folder, file) : short;
  };
  const read = (file: string) => readYamlLayer(join(folder, file), shown(file), problems);

  const agents = read(settingsFiles.agents);
  for (const key of Object.keys((agents?.value as object | undefined) ?? {})) {
    if (key !== 'agents' && key !== 'engines')
      problems.push(`${agents!.locate([key]).place} ${key}: only agents and engines stand in this file`);
  }
  const files = [agents, read(settingsFiles.main), read(settingsFiles.local)].filter((layer) => layer !== null);
  const main = checkMain(files, source.env, shown(settingsFiles.main), problems);
  const reposLayer = read(settingsFiles.repos);
  const layers = reposLayer ? [reposLayer] : [];
  const reposFile = check(ReposFile, layers, shown(settingsFiles.repos), problems);
  const secrets = readSecrets(source.env, problems);

  const repositories =
    reposFile &&
    checkRepositories({ ...reposFile, folder, env: source.env }, (path, message) => {
      problems.push(describe(layers, path, message, shown(settingsFiles.repos)));
    });
  for (const [tool, program] of Object.entries(main?.review.tools ?? {})) {
    const theirs = repositories?.repos.find(
      ({ path }) => path !== null && program !== undefined && isAbsolute(program) && isInside(program, [path]),
    );
    const why = `lies in the repository ${theirs?.name}, whose own programs are never used`;
    if (theirs)
      problems.push(describe([...files, readEnvironmentLayer(source.env)], ['review', 'tools', tool], why, shown(settingsFiles.main)));
  }
  if (problems.length > 0 || !main || !repositories) throw new InvalidSettings([...new Set(problems)]);
  return { ...main, ...repositories, secrets, folder, origin };
}

function checkMain(files: Layer[], env: Environment, fallback: string, problems: string[]): MainSettings | null {
  const environment = readEnvironmentLayer(env);
  const first = MainFile.safeParse(mergeAll([...files, environment]));
  if (first.success) return first.data;
  // `MAHAVISHNU_RELEASE__TAG_PREFIX=1` reads as a number where a text is wanted: such a variable is taken as it stands.
  const asText = new Set<string>();
  for (const issue of first.error.issues) {
    const { place } = environment.locate(issue.path as Path);
    if (issue.code === 'invalid_type' && issue.expected === 'string') asText.add(place.replace('environment ', ''));
  }
  return check(MainFile, [...files, readEnvironmentLayer(env, asText)], fallback, problems);
}

const mergeAll = (layers: Layer[]) => layers.reduce<unknown>((lower, { value }) => merge(lower, value), {});

function check<S extends z.ZodType>(schema: S, layers: Layer[], fallback: string, problems: string[]): z.output<S> | null {
  const result = schema.safeParse(mergeAll(layers));
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    if (issue.code !== 'unrecognized_keys') {
      problems.push(describe(layers, issue.path as Path, issue.message, fallback));
      continue;
    }
    const messages = issue.message.split('; ');
    issue.keys.forEach((key, index) => {
      const message = messages.length === issue.keys.length ? messages[index] : 'unknown key';
      problems.push(describe(layers, [...(issue.path as Path), key], message ?? 'unknown key', fallback));
    });
  }
  return null;
}

/** `file:line path: message`; the layer that knows most of the path is to blame, the last one of several. */
function describe(layers: Layer[], path: Path, message: string, fallback: string): string {
  let best = { depth: -1, place: fallback };
  for (const layer of layers) {
    const found = layer.locate(path);
    if (found.depth >= best.depth && (found.depth > 0 || best.depth < 0)) best = found;
  }
  const name = path.length === 0 ? 'settings' : path.join('.');
  return `${best.place === 'environment' ? fallback : best.place} ${name}: ${message}`;
}
