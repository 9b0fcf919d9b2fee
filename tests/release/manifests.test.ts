import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonValue } from '../../src/release/json-text.js';
import { readPyProject, setDunderVersion, setLockVersion, setPackageVersion, setPyProjectVersion } from '../../src/release/manifests.js';

describe('JSON', () => {
  it('finds every value where JSON.parse sees it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        for (const key of Object.keys(parsed)) {
          const range = findJsonValue(text, [key]);
          expect(JSON.parse(text.slice(...(range ?? [0, 0])))).toEqual(parsed[key]);
        }
        expect(findJsonValue(text, ['no such key at all'])).toBeNull();
      }),
    );
  });

  it('changes the version and no other character', () => {
    const text = '\uFEFF{\r\n\t"scripts": {"version": "1.0.0"}, "files": ["a","b"],\r\n\t"version" :  "1.0.0",\r\n\t"name": "a"}\r\n';
    expect(setPackageVersion(text, '1.0.1', 'package.json')).toBe(text.replace('"version" :  "1.0.0"', '"version" :  "1.0.1"'));
    const lock =
      '{"name":"a","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"a","version":"1.0.0"},"node_modules/b":{"version":"1.0.0"}}}';
    expect(JSON.parse(setLockVersion(lock, '1.0.1', 'package-lock.json'))).toMatchObject({
      version: '1.0.1',
      packages: { '': { version: '1.0.1' }, 'node_modules/b': { version: '1.0.0' } },
    });
    expect(() => setPackageVersion('{,}', '1.0.1', 'package.json')).toThrow(/package.json is not valid JSON/);
  });
});

describe('pyproject.toml', () => {
  const text = `# version = "0"\n[build-system]\nrequires = ["a"]\n[project] # ours\nname = "api"\n  version   =  '2.4.0'  # keep\nreadme = """\n[project]\n"""\n[tool.x]\nversion = "2.4.0"\n`;

  it('changes the characters of the version only', () => {
    expect(setPyProjectVersion(text, '2.4.1', 'pyproject.toml')).toBe(text.replace("'2.4.0'", "'2.4.1'"));
    const poetry = '[tool.poetry]\nname = "a"\nversion = "1.0.0"\n[tool.poetry.dependencies]\nb = { version = "1.0.0" }\n';
    expect(setPyProjectVersion(poetry, '1.1.0', 'pyproject.toml')).toBe(poetry.replace('version = "1.0.0"\n[', 'version = "1.1.0"\n['));
  });

  it('refuses to guess', () => {
    expect(() => setPyProjectVersion('project = { name = "a", version = "1.0.0" }\n', '1.0.1', 'pyproject.toml')).toThrow(
      /below \[project\]/,
    );
    expect(() => setPyProjectVersion('[project]\nname = "a"\n', '1.0.1', 'pyproject.toml')).toThrow(/has no version/);
    expect(() => readPyProject('[project', 'pyproject.toml')).toThrow(/is not valid TOML/);
    expect(readPyProject('[project]\nname = "a"\ndynamic = ["version"]\n', 'pyproject.toml')).toMatchObject({
      version: null,
      dynamic: true,
    });
  });

  it('raises __version__ when it says the current one', () => {
    expect(setDunderVersion('"""x"""\n__version__: str = \'1.0.0\'  # v\n', '1.0.0', '1.0.1')).toBe(
      '"""x"""\n__version__: str = \'1.0.1\'  # v\n',
    );
    expect(setDunderVersion('__version__ = "9.9.9"\n', '1.0.0', '1.0.1')).toBe('__version__ = "9.9.9"\n');
  });
});
