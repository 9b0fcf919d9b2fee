import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterFolder } from '../../src/database/embedded-postgres.js';
import { defect, type Sandbox, sandbox } from './support.js';

let box: Sandbox;

beforeAll(() => {
  box = sandbox(null);
});

afterAll(async () => {
  await rm(await clusterFolder(box.state), { recursive: true, force: true });
  box.remove();
});

it('works as the client of the process that owns the state folder, and does not start a second one', async () => {
  const path = box.repository('owned', { 'src/read.js': defect });
  box.setSettings(`allowed_folders: [${box.root}/repos]\nrepos:\n  - { name: owned, path: ${path} }\n`);
  const owner = box.start(['start']);
  try {
    const limit = Date.now() + 40_000;
    while (!owner.output().stdout.includes('End with Ctrl-C')) {
      if (owner.child.exitCode !== null || Date.now() > limit) throw new Error(`the owner did not start: ${owner.output().stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await box.run(['runs'])).toMatchObject({ code: 0, stdout: expect.stringContaining('No run yet') });
    const second = await box.run(['start']);
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining(`belongs to process ${owner.child.pid}`) });
    const reviewed = await box.run(['review', 'owned', '--dry-run']);
    expect(reviewed, reviewed.stderr).toMatchObject({ code: 1, stdout: expect.stringContaining('dry run, nothing was written') });
    expect((await box.run(['runs'])).stdout).toContain('1 finding');
  } finally {
    owner.child.kill('SIGTERM');
    await owner.ended;
  }
  // Nobody has it now: the command starts the database for its own duration.
  expect(await box.run(['runs'])).toMatchObject({ code: 0, stdout: expect.stringContaining('1 finding') });
});
