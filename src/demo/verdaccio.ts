import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { ServiceUnavailable, ToolMissing } from '../errors.js';
import { runProcess } from '../process/runner.js';

export interface LocalRegistry {
  /** Ends with a slash. */
  url: string;
  stop(): Promise<void>;
}

/** Starts an npm registry on loopback that needs no network; it keeps what was published in `folder` and ends with this process. */
export async function startVerdaccio({ folder, port }: { folder: string; port?: number }): Promise<LocalRegistry> {
  const program = findVerdaccio();
  const chosen = port ?? (await freePort());
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'verdaccio.yaml');
  await writeFile(
    config,
    stringify({
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      packages: { '**': { access: '$all', publish: '$anonymous' } }, // No `uplinks`: nothing is asked of the network.
      web: { enable: false },
      max_body_size: '100mb',
      log: { type: 'stdout', format: 'json', level: 'warn' },
    }),
  );
  const stopping = new AbortController();
  let ended: string | null = null;
  const running = runProcess({
    command: process.execPath,
    args: ['--no-deprecation', '--import', endWith(process.pid), program, '--config', config, '--listen', `127.0.0.1:${chosen}`],
    cwd: folder,
    env: { HOME: folder },
    timeoutMs: 2_000_000_000,
    maxOutputBytes: 64 * 1024,
    signal: stopping.signal,
    niceness: 0,
    staysWhenAbandoned: true,
  }).then(({ stdout, stderr }) => {
    ended = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' ');
  });
  const stop = async () => {
    stopping.abort();
    await running;
  };
  const url = `http://127.0.0.1:${chosen}/`;
  const deadline = performance.now() + 30_000;
  while (!(await answers(url))) {
    if (ended === null && performance.now() < deadline) {
      await pause(50);
      continue;
    }
    await stop();
    throw new ServiceUnavailable('The local registry', `Verdaccio did not start on port ${chosen}: ${ended || 'no answer in 30 s'}`);
  }
  return { url, stop };
}

function findVerdaccio(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('verdaccio/package.json')), 'bin', 'verdaccio');
  } catch (error) {
    throw new ToolMissing('verdaccio', error); // A development dependency: an installation without those has no demo registry.
  }
}

/** A module that ends the process when its parent is gone, so that a killed bot leaves no registry behind. */
function endWith(parent: number): string {
  return `data:text/javascript,setInterval(()=>{if(process.ppid!==${parent})process.exit(0)},300).unref()`;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}-/ping`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
