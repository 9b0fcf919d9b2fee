import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalRegistry, startVerdaccio } from '../../src/demo/verdaccio.js';
import { dryPublishNpm, type NpmTarget, packNpm, publishNpm, readNpmRegistry } from '../../src/release/npm.js';

let root: string;
let registry: LocalRegistry;
let target: NpmTarget;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'npm with space '));
  registry = await startVerdaccio({ folder: join(root, 'registry') });
  target = { registry: registry.url, token: 'hush-hush-hush', timeoutMs: 60_000 };
});
afterAll(async () => {
  await registry?.stop();
  rmSync(root, { recursive: true, force: true });
});

function project(name: string, files: Record<string, string>): string {
  const folder = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

it('packs without running scripts, the same bytes each time, and publishes once', async () => {
  const folder = project('api', {
    'package.json': JSON.stringify({
      name: 'api',
      version: '2.4.1',
      scripts: { prepack: 'touch ran', prepublishOnly: 'touch ran' },
      publishConfig: { registry: 'http://127.0.0.1:1/' },
    }),
    'index.js': 'export const x = 1;\n',
    '.npmrc': 'registry=http://127.0.0.1:1/\n',
  });
  const tarball = await packNpm(folder);
  expect(tarball).toMatchObject({ name: 'api', version: '2.4.1', fileName: 'api-2.4.1.tgz', files: 2 });
  expect((await packNpm(folder)).sha256).toBe(tarball.sha256);
  expect((await readNpmRegistry('api', target)).versions).toEqual([]);

  expect(await dryPublishNpm(tarball, target)).toBeNull();
  expect((await readNpmRegistry('api', target)).versions).toEqual([]);

  expect(await publishNpm(tarball, target)).toEqual({ name: 'api', version: '2.4.1', where: `${registry.url}api`, already: false });
  expect(await publishNpm(tarball, target)).toMatchObject({ already: true });
  const state = await readNpmRegistry('api', target);
  expect(state.latest).toBe('2.4.1');
  expect(state.dist('2.4.1')?.integrity).toBe(tarball.integrity);

  const changed = await packNpm(project('api', { 'index.js': 'export const x = 2;\n' }));
  await expect(publishNpm(changed, target)).rejects.toThrow('api 2.4.1 is already in the registry with other content');
});

it('publishes once although two do it at the same moment, also under a scope', async () => {
  const tarball = await packNpm(project('scoped', { 'package.json': JSON.stringify({ name: '@team/web', version: '1.0.0' }) }));
  const both = await Promise.all([publishNpm(tarball, target), publishNpm(tarball, target)]);
  expect(both.map(({ version }) => version)).toEqual(['1.0.0', '1.0.0']);
  expect((await readNpmRegistry('@team/web', target)).versions).toEqual(['1.0.0']);
});

it('says beforehand why a publication would be refused', async () => {
  const hidden = project('private', { 'package.json': JSON.stringify({ name: 'hidden', version: '1.0.0', private: true }) });
  await expect(packNpm(hidden)).rejects.toThrow('package.json says "private": true');
  for (const name of ['Not A Name', '../up', 'http://127.0.0.1:1/x', '//evil', '@a/../../b']) {
    await expect(readNpmRegistry(name, target), name).rejects.toThrow('is not a package name');
  }
  const other = await packNpm(project('api', { 'index.js': 'export const x = 3;\n' }));
  expect(await dryPublishNpm(other, target)).toMatch(/already in the registry with other content/);
});

it('sends the token to the registry of the settings alone, in a header', async () => {
  const heard: { url: string; token: string | undefined }[] = [];
  const server = createServer((request, response) => {
    heard.push({ url: request.url ?? '', token: request.headers.authorization });
    if (request.method === 'GET' && request.url !== '/moved') response.writeHead(404).end('{}');
    else response.writeHead(500).end(`{"error":"no ${request.headers.authorization}"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const fake = { ...target, registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}/deep/` };
    const tarball = await packNpm(project('api2', { 'package.json': '{"name":"api2","version":"1.0.0"}' }));
    const failure = await publishNpm(tarball, fake).catch((error: Error) => error.message);
    expect(failure).toMatch(/npm publish failed/);
    expect(failure).not.toContain('hush');
    expect(heard.every(({ url, token }) => url.startsWith('/deep/api2') && token === 'Bearer hush-hush-hush')).toBe(true);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await expect(readNpmRegistry('api', { registry: 'http://127.0.0.1:1/', token: undefined })).rejects.toMatchObject({
    code: 'service_unavailable',
  });
});
