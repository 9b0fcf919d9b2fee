import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { review, tree } from '../support.js';

test('a key whose certificate nobody else signed is one for trying out; any other key is a secret', async () => {
  const [own, other, server, shop, spare] = [keyPair(), keyPair(), keyPair(), keyPair(), keyPair()];
  const text = (name: string, of: typeof own) =>
    `KEY = """${pem(of.privateKey)}"""\n\nCERTIFICATE = """${certificate(name, spare, { name: 'Widgits', pair: other })}"""\n`;
  const { findings } = await review(
    tree({
      'tls/key.pem': pem(own.privateKey),
      'tls/cert.pem': selfSigned('shop.company.io', own),
      'site/key.pem': pem(other.privateKey),
      'site/cert.pem': selfSigned('shop.company.io', own),
      'local-certs/client.key': pem(keyPair().privateKey),
      'pytest_server/keys/server.pem': pem(keyPair().privateKey),
      'crt/server.key': pem(server.privateKey),
      'crt/server.crt': certificate('localhost', server, { name: 'Widgits', pair: other }),
      'try/server.key': pem(spare.privateKey),
      'try/server.crt': certificate('*.*', spare, { name: 'Test RSA - For test use only', pair: other }),
      'shop/server.key': pem(shop.privateKey),
      'shop/spare.py': text('localhost.shop.company.io', spare),
      'shop/strange.py': text('localhost.shop.company.io', own),
      'shop/site.py': text('shop.company.io', spare),
      'shop/server.crt': certificate('shop.company.io', shop, { name: 'Widgits', pair: other }),
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 shop/server.key kept',
    'P0 shop/site.py kept',
    'P0 shop/strange.py kept',
    'P0 site/key.pem kept',
    'P2 crt/server.key for trying out',
    'P2 local-certs/client.key for trying out',
    'P2 pytest_server/keys/server.pem for trying out',
    'P2 shop/spare.py for trying out',
    'P2 tls/key.pem for trying out',
    'P2 try/server.key for trying out',
  ]);
});

test('keys that come with a program, or that are called after the own machine, are for trying out', async () => {
  const inText = (name: string) => `export const ${name} = \`\n${pem(keyPair().privateKey).trim()}\n\`;\n`;
  const { findings } = await review(
    tree({
      'openssl3.4.2/PEM/pca-key.pem': pem(keyPair().privateKey),
      'openssl-client/pca-key.pem': pem(keyPair().privateKey),
      'lib/own.mjs': inText('localhostKey'),
      'lib/both.mjs': inText('localhostKey') + inText('clientKey'),
      'lib/site.mjs': inText('siteKey') + inText('localhosts'),
    }),
    'all',
  );
  expect(findings.map(({ priority, file }) => `${priority} ${file}`).sort()).toEqual([
    'P0 lib/both.mjs',
    'P0 lib/site.mjs',
    'P0 openssl-client/pca-key.pem',
    'P2 lib/own.mjs',
    'P2 openssl3.4.2/PEM/pca-key.pem',
  ]);
});

test('a secret that stands in many files is told once, and another one beside it as well', async () => {
  const token = (letter: string) => ['ghp', `${letter}4kR8vN2xQ7mT5wL9sB3dF6hJ1pZ0cYgUaKe`].join('_');
  const { findings } = await review(
    tree({
      'cache/b': `{"authorization":["token ${token('W')}"]}\n`,
      'cache/a': `{"authorization":["token ${token('W')}"]}\n`,
      'cache/c': `{"authorization":["token ${token('X')}"]}\n`,
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 cache/a kept',
    'P0 cache/c kept',
    'P2 cache/b told once',
  ]);
  expect(JSON.stringify(findings)).not.toContain(token('W').slice(4, 20));
});

test('a key in a function of tests is for trying out, and one behind it is a secret', async () => {
  const key = (indent: string) => `${indent}KEY = b"""${pem(keyPair().privateKey).trim()}"""\n`;
  const { findings } = await review(
    tree({
      'shop/tried.py': `def sign(key):\n    return key\n\n\ndef test_sign():\n${key('    ')}    assert sign(KEY)\n`,
      'shop/sign.py': `def sign():\n${key('    ')}    return KEY\n`,
      'shop/behind.py': `def test_sign():\n    assert KEY\n\n\n${key('')}`,
    }),
    'all',
  );
  expect(
    findings
      .filter(({ rule }) => rule === 'secretlint/privatekey')
      .map(({ priority, file }) => `${priority} ${file}`)
      .sort(),
  ).toEqual(['P0 shop/behind.py', 'P0 shop/sign.py', 'P2 shop/tried.py']);
});

test('forty letters are the name of a type; a key of AWS has digits', async () => {
  const kept = async (value: string) =>
    (await review(tree({ 'connection.d.ts': `export interface Key {\n  secretAccessKey: ${value};\n}\n` }), 'all')).findings.filter(
      ({ rule }) => rule === 'secretlint/aws',
    ).length;
  expect(await kept('CreateConnectionRequestEncryptedProperty')).toBe(0);
  expect(await kept(`"${'wJalrXUtnFEMIK7MDENGbPxRfiCYQq8vZrTnOpLm'}"`)).toBe(1);
});

test('an address of user and host shows how addresses are written', async () => {
  const kept = async (address: string) =>
    (await review(tree({ 'src/redact.py': `# Such as \`${address}\` as a whole.\nKINDS = ["address"]\n` }), 'all')).findings.filter(
      ({ rule }) => rule === 'secretlint/database-connection-string',
    ).length;
  const address = (user: string, host: string, password = 'p1:p2:p3') => `postgres://${user}:${password}@${host}/shop`;
  expect(await kept(address('user', 'host'))).toBe(0);
  expect(await kept(address('shop', 'host'))).toBe(1);
  expect(await kept(address('user', 'host', 'vT9-qLm2xRk8sW4z'))).toBe(1);
  expect(await kept(address('user', 'db'))).toBe(1);
  expect(await kept(address('user', 'db.company.io'))).toBe(1);
});

test('a token for a registry on the own machine opens nothing else', async () => {
  const { findings } = await review(
    tree({
      'scripts/publish.npmrc': '//localhost:4873/:_authToken="foo1foo2"\n',
      'scripts/.npmrc': '//localhost:4873/:_authToken="6f1d0c7a-93be-4c52-8e17-5ab1f0d2c934"\n',
      '.npmrc': '//packages.company.io/:_authToken="6f1d0c7a-93be-4c52-8e17-5ab1f0d2c934"\n',
    }),
    'all',
  );
  expect(findings.map(({ priority, file }) => `${priority} ${file}`)).toEqual(['P0 .npmrc']);
});

test('a token that says whose it is to be is made up', async () => {
  const { findings } = await review(
    tree({
      '.env.example': 'GITLAB_TOKEN=glpat-your_personal_access_token\n',
      '.env.shop': `GITLAB_TOKEN=glpat-${'yourTk3nQ9w'.repeat(2).slice(0, 20)}\n`,
    }),
    'all',
  );
  expect(findings.map(({ priority, file }) => `${priority} ${file}`)).toEqual(['P0 .env.shop']);
});

test('what follows a credential that is longer than its kind says is read as well', async () => {
  const setting = (secret: string) => `[output]\nsecret_access_key = ${secret}\n`;
  const { findings } = await review(
    tree({
      'shown.cfg': setting('hW4sTq9zLmXc7vBn2KdE'.repeat(2).concat('G+bPxRfiCYEXAMPLEKEY')),
      'own.cfg': setting('hW4sTq9zLmXc7vBn2KdEyR6uJp3aGf8oNi5tQw1e'),
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`)).toEqual(['P0 own.cfg kept']);
});

test('a key among the tests of a module in Rust is for trying out, and one behind them is a secret', async () => {
  const key = () => `r#"${pem(keyPair().privateKey)}"#`;
  const tests = (inside: string) => `#[cfg(test)]\nmod tests {\n    use super::*;\n\n    const KEY: &str = ${inside};\n}\n`;
  const { findings } = await review(
    tree({
      'src/types.rs': `pub struct Key;\n\n${tests(key())}`,
      'src/behind.rs': `${tests('"key"')}\npub const KEY: &str = ${key()};\n`,
      'src/import.rs': `#[cfg(test)]\nuse other::Key;\n\npub const KEY: &str = ${key()};\n`,
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 src/behind.rs kept',
    'P0 src/import.rs kept',
    'P2 src/types.rs for trying out',
  ]);
});

test('a token in a comment that shows what tokens look like is most likely none; beside it in the code it is one', async () => {
  const token = (last: number) => `ghp_${'a1B2c3D4e5'.repeat(3)}f6G7h${last}`;
  const { findings } = await review(
    tree({
      'src/shown.js': `// A token looks like ${token(1)}\nexport const token = process.env.TOKEN;\n`,
      'src/told.js': `// The token of the release: ${token(2)}\nexport const token = process.env.TOKEN;\n`,
      'src/used.js': `export const token = '${token(3)}'; // looks like that\n`,
      'src/form.jsx': `export const field = <input placeholder="${token(4)}" />;\n`,
      'src/private.js': `// These are not meant to be public.\nexport const keys = {\n  token: '${token(5)}',\n};\n`,
      'src/called.js': `export const SHOP_PUBLIC_TOKEN = '${token(6)}';\n`,
      'src/republic.js': `export const REPUBLIC_TOKEN = '${token(7)}';\n`,
      'src/not-called.js': `export const NEXT_PUBLIC_SHOP_TOKEN = '${token(8)}';\n`,
      'src/public.js': `// These are meant to be public: they can only read.\nexport const keys = {\n  token: '${token(9)}',\n};\n`,
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 src/not-called.js kept',
    'P0 src/private.js kept',
    'P0 src/republic.js kept',
    'P0 src/told.js kept',
    'P0 src/used.js kept',
    'P2 src/called.js public by design',
    'P2 src/form.jsx made up',
    'P2 src/public.js public by design',
    'P2 src/shown.js made up',
  ]);
});

test('an address with a password is an example in a docstring, and a secret in any other text', async () => {
  const address = 'https://reader:An0therP4ssword@switch.company.io/';
  const { findings } = await review(
    tree({
      'src/shown.py': `"""Switches.\n\nhost: ${address}\n"""\n\nPORT = 80\n`,
      'src/used.py': `"""Switches."""\n\nDEFAULT = """\nhost: ${address}\n"""\n`,
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 src/used.py kept',
    'P2 src/shown.py made up',
  ]);
});

test('what the description of an interface shows as an example opens nothing; what stands beside it may', async () => {
  const key = () => pem(keyPair().privateKey);
  const described = (name: string, value: string) =>
    JSON.stringify({ openapi: '3.0.1', paths: { '/keys': { post: { [name]: { create: { value: { TlsCert: value } } } } } } }, null, 2);
  const { findings } = await review(
    tree({
      'api/shown.json': described('examples', key()),
      'api/shown.yaml': `openapi: 3.0.1\npaths:\n  /keys:\n    example:\n      cert: |\n${key().replace(/^/gm, '        ')}\n`,
      'api/used.json': described('x-defaults', key()),
      'settings.json': JSON.stringify({ examples: { cert: key() } }, null, 2),
    }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 api/used.json kept',
    'P0 settings.json kept',
    'P2 api/shown.json made up',
    'P2 api/shown.yaml made up',
  ]);
});

test('a name that a bundler made of the name of a package is no token of npm', async () => {
  const token = `npm_${'a1B2c3D4e5'.repeat(3)}f6G7h8`;
  const name = 'saver_js_npm__WEBPACK_IMPORTED_MODULE_1___default';
  const { findings, refuted } = await review(
    tree({
      'studio/main.js': `var ${name} = load(7);\n${name}.saveAs('a');\n`,
      'src/publish.js': `export const token = '${token}';\n`,
    }),
    'all',
  );
  expect(findings.filter(({ rule }) => rule === 'secretlint/npm').map(({ priority, file }) => `${priority} ${file}`)).toEqual([
    'P0 src/publish.js',
  ]);
  expect([...new Set(refuted.map(({ finding, reason }) => `${finding.file}: ${reason}`))]).toContain(
    'studio/main.js: it is a part of a longer name',
  );
});

interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const keyPair = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const selfSigned = (site: string, pair: Pair): string => certificate(site, pair, { name: site, pair });

/** The least that X.509 asks of a certificate (RFC 5280, 4.1). */
function certificate(site: string, { publicKey }: Pair, issuer: { name: string; pair: Pair }): string {
  const ecdsaWithSha256 = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));
  const named = (name: string) => der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))));
  const validity = der(0x30, der(0x17, Buffer.from('250101000000Z')), der(0x17, Buffer.from('350101000000Z')));
  const version = der(0xa0, Buffer.from('020102', 'hex'));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const content = der(0x30, version, Buffer.from('020101', 'hex'), ecdsaWithSha256, named(issuer.name), validity, named(site), key);
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, issuer.pair.privateKey));
  const lines =
    der(0x30, content, ecdsaWithSha256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
