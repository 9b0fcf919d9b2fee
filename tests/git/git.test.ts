import { AsyncLocalStorage } from 'node:async_hooks';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { git } from '../../src/git/git.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What a run knows while it asks for a git command, as the workflow engine keeps it: in the asynchronous context. */
async function ask(context: AsyncLocalStorage<object>): Promise<WeakRef<object>> {
  const known = {};
  await context.run(known, () => git(['--version'], { cwd: tmpdir() }));
  return new WeakRef(known);
}

test('a git command that has ended holds nothing of the run that asked for it', async () => {
  const known = await ask(new AsyncLocalStorage());
  for (let tries = 0; tries < 20 && known.deref(); tries++) {
    await delay(10); // A WeakRef that was read holds its object until the end of the turn.
    collectGarbage();
  }
  expect(known.deref() === undefined).toBe(true);
});
