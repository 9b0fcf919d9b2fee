// Child process: runs a program of a package with its code as an earlier run of it compiled it. Node 22 has a cache of its own for that
// (module.enableCompileCache), Node 20 has none. Started by analyzers/pyright.ts as `run-compiled CACHE PROGRAM …`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { constants, Script } from 'node:vm';

/** Smaller files take longer to be looked for than to be compiled. */
const MIN_LENGTH = 100_000;

const [, , cache, program] = process.argv as [string, string, string, string];
process.argv.splice(1, 2);
const kept = readKept();
const scripts: { filename: string; source: string; script: Script }[] = [];
let isComplete = kept !== null;

interface CommonJs {
  exports: unknown;
  require(id: string): unknown;
  _compile(this: CommonJs, content: string, filename: string, ...rest: unknown[]): unknown;
}

const prototype = Module.prototype as unknown as CommonJs;
const compile = prototype._compile;
prototype._compile = function (content, filename, ...rest) {
  if (content.length < MIN_LENGTH) return compile.call(this, content, filename, ...rest);
  const source = digestOf(content);
  const cachedData = kept?.get(`${filename} ${source}`);
  const script = new Script(Module.wrap(content), {
    filename,
    ...(cachedData ? { cachedData } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  // V8 refuses what another version of it wrote, or one with other options.
  if (!cachedData || script.cachedDataRejected) isComplete = false;
  scripts.push({ filename, source, script });
  const run = script.runInThisContext() as (...parts: unknown[]) => unknown;
  const require = createRequire(filename);
  const own = Object.assign((id: string) => this.require(id), { resolve: require.resolve, main: require.main, cache: require.cache });
  return run.call(this.exports, this.exports, own, this, filename, dirname(filename));
};

// At its end, because only then is what was compiled the code that is needed.
process.on('exit', (code) => {
  if (isComplete || code > 1) return;
  try {
    keep(scripts.map(({ filename, source, script }) => [`${filename} ${source}`, script.createCachedData()]));
  } catch {
    // A full disk, say: the next run compiles it again.
  }
});

createRequire(program)(program);

/** What is damaged in any way counts as not there: V8 takes the content for what it wrote. */
function readKept(): Map<string, Buffer> | null {
  try {
    const content = readFileSync(cache);
    const head = content.indexOf('\n');
    const body = content.subarray(head + 1);
    const { digest, sizes } = JSON.parse(content.toString('utf8', 0, head)) as { digest: string; sizes: [string, number][] };
    if (digest !== digestOf(body)) return null;
    let end = 0;
    return new Map(
      sizes.map(([name, size]) => {
        end += size;
        return [name, body.subarray(end - size, end)];
      }),
    );
  } catch {
    return null;
  }
}

function keep(compiled: readonly (readonly [name: string, data: Buffer])[]): void {
  const body = Buffer.concat(compiled.map(([, data]) => data));
  const sizes = compiled.map(([name, data]) => [name, data.length]);
  // One name, so that a run that was killed leaves one at most; what two write at once is damaged, and counts as not there.
  const draft = `${cache}.draft`;
  mkdirSync(dirname(cache), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(draft, Buffer.concat([Buffer.from(`${JSON.stringify({ digest: digestOf(body), sizes })}\n`), body]), { mode: 0o600 });
    renameSync(draft, cache);
  } finally {
    rmSync(draft, { force: true });
  }
}

function digestOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url');
}
