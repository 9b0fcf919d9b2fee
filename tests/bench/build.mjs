// Compiles the benchmark to dist-bench/, and puts the product as it was built in place of the copy of it that the compiler made:
// what the benchmark calls of the product are then the very files that a user runs.
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const target = join(root, 'dist-bench');

rmSync(target, { recursive: true, force: true });
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.bench.json')], { cwd: root, stdio: ['ignore', 2, 2] });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
rmSync(join(target, 'src'), { recursive: true });
symlinkSync(join('..', 'dist'), join(target, 'src'), 'junction');
