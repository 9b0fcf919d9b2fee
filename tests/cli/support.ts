import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { entryPoint } from '../../src/process/entry-point.js';

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Sandbox {
  root: string;
  settings: string;
  state: string;
  ecosystem: string;
  /** Runs the compiled command line with this sandbox's settings, state and home. */
  run(args: readonly string[], options?: { env?: Record<string, string>; cwd?: string }): Promise<Answer>;
  /** Starts it and lets it run. */
  start(args: readonly string[], env?: Record<string, string>): { child: ChildProcess; output(): Answer; ended: Promise<Answer> };
  repository(name: string, files: Record<string, string | Buffer>): string;
  setSettings(text: string, file?: string): void;
  remove(): void;
}

/** Under /tmp: Postgres's account has to pass, and a socket's path is short. */
export function sandbox(databaseUrl: string | null): Sandbox {
  const root = mkdtempSync('/tmp/mahavishnu-cli-');
  const folder = (name: string) => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const [settings, state, home] = [folder('settings'), join(root, 'state'), folder('home')];
  folder('repos');
  const ecosystem = join(settings, 'ecosystem.yaml');
  writeFileSync(ecosystem, '# written by people\ncoordination:\n  issues: []\n');
  const environment = (env: Record<string, string> = {}): Record<string, string> => ({
    PATH: process.env.PATH ?? '',
    HOME: home,
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    ...env,
  });
  const running = new Set<ChildProcess>();
  const launch = (args: readonly string[], env: Record<string, string>, cwd: string) => {
    const child = spawn(process.execPath, [entryPoint('cli/main'), '--settings', settings, '--state', state, ...args], { cwd, env });
    const answer: Answer = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      answer.stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      answer.stderr += String(chunk);
    });
    child.stdin.end();
    running.add(child);
    child.on('close', () => running.delete(child));
    const ended = new Promise<Answer>((resolve) => {
      child.on('close', (code) => resolve({ ...answer, code }));
    });
    return { child, output: () => answer, ended };
  };
  return {
    root,
    settings,
    state,
    ecosystem,
    run: (args, { env, cwd = root } = {}) => launch(args, environment(env), cwd).ended,
    start: (args, env) => launch(args, environment(env), root),
    repository(name, files) {
      const path = folder(join('repos', name));
      git(path, 'init', '--quiet', '-b', 'main');
      commit(path, files);
      return path;
    },
    setSettings: (text, file = 'repos.yaml') => writeFileSync(join(settings, file), text),
    remove() {
      for (const child of running) child.kill('SIGKILL'); // Of a test that failed.
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function commit(path: string, files: Record<string, string | Buffer>, message = 'feat: first'): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  if (Object.keys(files).length === 0) return;
  git(path, 'add', '-A');
  git(path, 'commit', '--quiet', '-m', message);
}

export function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Dana', '-c', 'user.email=dana@sample.invalid', '-c', 'commit.gpgSign=false'];
  const result = spawnSync('git', [...identity, ...args], { cwd, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** Everything below a folder, by path, with size and time of change: what must be the same after a question. */
export function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, mtimeMs } = statSync(path);
      return `${relative(folder, path)} ${size} ${mtimeMs} ${size < 100_000 ? readFileSync(path, 'base64').slice(-64) : ''}`;
    })
    .sort();
}

/** Text of a request is executed: one finding, P0, that no tool repairs. */
export const defect = 'export function read(req, res) {\n  res.json(eval(req.query.text));\n}\n';
