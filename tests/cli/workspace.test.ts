import { createServer } from 'node:net';
import { join } from 'node:path';
import { App, LogLevel } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { afterEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/process/entry-point.js';
import { type Sandbox, sandbox } from './support.js';

let box: Sandbox;
afterEach(() => box.remove());

const manifest = join(packageRoot, 'manifest.yml');
const timeout = 60_000;
const word = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? '';

describe('mahavishnu workspace (LW-1)', () => {
  it('serves any Bolt app with what it prints, and ends when asked to', { timeout }, async () => {
    box = sandbox(null);
    const { child, output, ended } = box.start(['workspace', '--manifest', manifest]);
    await expect.poll(() => output().stdout, { timeout: 30_000 }).toContain('End with Ctrl-C.');
    const { stdout } = output();
    const [token, appToken, slackApiUrl] = [/SLACK_BOT_TOKEN=(\S+)/, /SLACK_APP_TOKEN=(\S+)/, /SLACK_API_URL=(\S+)/].map((pattern) =>
      word(stdout, pattern),
    ) as [string, string, string];
    const app = new App({ token, appToken, socketMode: true, logLevel: LogLevel.ERROR, clientOptions: { slackApiUrl } });
    await app.start();
    const { ok, user } = await new WebClient(token, { slackApiUrl }).auth.test();
    expect({ ok, user }).toEqual({ ok: true, user: 'mahavishnu' });
    const page = await fetch(word(stdout, /Open\s+(\S+)/));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="workspace">');
    await app.stop();
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what is wrong with a port, a manifest and a seed', { timeout }, async () => {
    box = sandbox(null);
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const [taken, noPort, noManifest, noSeed] = await Promise.all([
      box.run(['workspace', '--port', String(port)]),
      box.run(['workspace', '--port', 'many']),
      box.run(['workspace', '--manifest', join(box.root, 'missing.yml')]),
      box.run(['workspace', '--seed', join(box.root, 'missing.yaml')]),
    ]);
    await new Promise((resolve) => holder.close(resolve));
    for (const { code } of [taken, noPort, noManifest, noSeed]) expect(code).toBe(2);
    expect(taken.stderr).toContain(`port ${port}`);
    expect(noPort.stderr).toContain('"many" is no port');
    expect(noManifest.stderr).toContain('missing.yml');
    expect(noSeed.stderr).toContain('missing.yaml');
  });
});
