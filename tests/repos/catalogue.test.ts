import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CatalogueEntry, createCatalogue } from '../../src/repos/catalogue.js';
import { repository, temporaryFolder } from '../gates/repository.js';

const entry = (name: string, extra: { path?: string; url?: string; tags?: string[] } = {}) => ({ tags: [], ...extra, name });

describe('names and tags (OR-1)', () => {
  const catalogue = createCatalogue({
    repos: [entry('api', { tags: ['backend'] }), entry('web-app', { tags: ['frontend'] })],
    allowedFolders: [],
  });
  it('finds by name and tag', () => {
    expect(catalogue.find('api').name).toBe('api');
    expect(catalogue.find(' API ').name).toBe('api');
    expect(catalogue.byTag('backend').map(({ name }) => name)).toEqual(['api']);
  });
  it('offers the nearest name, if one is near', () => {
    expect(() => catalogue.find('webapp')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        nearest: 'web-app',
        message: 'There is no repository "webapp". Did you mean "web-app"?',
      }),
    );
    expect(() => catalogue.find('completely-different')).toThrow(expect.objectContaining({ nearest: null }));
    expect(() => catalogue.byTag('backnd')).toThrow('Did you mean "backend"?');
    expect(() => catalogue.find('__proto__')).toThrow('There is no repository');
  });
});

describe('paths (SE-4)', () => {
  it('gives the real path of a repository in an allowed folder, and nothing else', async () => {
    const source = repository({});
    const allowed = temporaryFolder();
    mkdirSync(join(allowed, 'plain'));
    symlinkSync(source, join(allowed, 'out'));
    const link = join(temporaryFolder(), 'link');
    symlinkSync(source, link);
    const locate = (path: string, allowedFolders: string[]) =>
      createCatalogue<CatalogueEntry>({ repos: [], allowedFolders }).locate(entry('x', { path }));

    expect(await locate(source, [source])).toEqual({ name: 'x', source });
    expect(await locate(link, [source])).toEqual({ name: 'x', source });
    await expect(locate(join(allowed, 'out'), [allowed])).rejects.toThrow('outside the allowed folders');
    await expect(locate(join(allowed, '..'), [allowed])).rejects.toThrow('outside the allowed folders');
    await expect(locate(`${source}-other`, [source])).rejects.toThrow('does not exist');
    await expect(locate(source, [])).rejects.toThrow('no folder is allowed yet');
    await expect(locate('relative', [allowed])).rejects.toThrow('not an absolute path');
    await expect(locate(join(allowed, 'plain'), [allowed])).rejects.toThrow('is not a git repository');
    await expect(createCatalogue<CatalogueEntry>({ repos: [], allowedFolders: [] }).locate(entry('x', { url: '/etc' }))).rejects.toThrow(
      'is not a URL',
    );
    expect(
      await createCatalogue<CatalogueEntry>({ repos: [], allowedFolders: [] }).locate(entry('x', { url: 'git@host:team/api.git' })),
    ).toEqual({
      name: 'x',
      source: 'git@host:team/api.git',
    });
  });
});
