import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LocatedHit } from '../merge.js';
import { lineAround } from './nodes.js';

interface Refuted {
  verdict: 'dropped' | 'lowered';
  by: string;
  reason: string;
}

const MAX_CERTIFICATE = 64 * 1024;
const MAX_CERTIFICATES = 20;
/** Of a credential that is longer than its kind says. */
const MAX_REST = 40;
/** So far above a place it is looked for what it is an example of. */
const MAX_EXAMPLE = 16 * 1024;

/** Credentials that open nothing that is not on the machine of whoever reads them. */
export async function throwaway(
  { rule, file, start, end, code }: LocatedHit,
  { folder, files, textOf }: { folder: string; files: readonly string[]; textOf: (file: string) => Promise<string> },
): Promise<Refuted | null> {
  if (!rule.secret) return null;
  const text = await textOf(file);
  if (file.endsWith('.rs') && amongTests(text.slice(0, start)))
    return { verdict: 'lowered', by: 'for trying out', reason: 'it stands in a module that is compiled for tests only' };
  const trial = file.endsWith('.py') ? functionAbove(text, start) : null;
  if (trial?.startsWith('test'))
    return { verdict: 'lowered', by: 'for trying out', reason: `it stands in ${trial}, which tries something out` };
  if (
    /:\/\/[^\s:@/]*:[^\s@]*(?:\$\{|\{\{|<%|%\(|<\w)[^\s@]*@/.test(text.slice(Math.max(0, start - 20), end + 80)) &&
    !/:\/\/[^\s:@/]*:[\w.-]+@/.test(text.slice(start, end))
  )
    return { verdict: 'dropped', by: 'filled in', reason: 'the password is filled in when the program runs' };
  if (/@[\w.-]*\bsentry\b[\w.-]*\/\d+/.test(text.slice(start, end + 80)))
    return { verdict: 'dropped', by: 'public by design', reason: 'the address that Sentry takes errors at only lets people send' };
  if (code === 'npm' && /^npm_config_/i.test(text.slice(start, end)))
    return { verdict: 'dropped', by: 'made up', reason: 'it is the name of a setting of npm' };
  if (
    code === 'npm' &&
    /\/\/(?:localhost|127(?:\.\d+){3}|\[::1\]|0\.0\.0\.0)(?::\d+)?\/\S{0,80}$/.test(text.slice(Math.max(0, start - 160), start))
  )
    return { verdict: 'dropped', by: 'own machine', reason: 'the registry that it opens runs on the own machine' };
  // Of a thousand such keys not one has letters only.
  if (code === 'aws' && /^[A-Za-z]{40}$/.test(text.slice(start, end)))
    return { verdict: 'dropped', by: 'made up', reason: 'forty letters without a digit are a name' };
  if (saidToBePublic.test(linesAbove(text, start)))
    return { verdict: 'lowered', by: 'public by design', reason: 'a comment above it says that everybody may have it' };
  // Not of what a build puts into every page, whether it is meant for it or not.
  const called = /(?<![\w$])(?!(?:NEXT|EXPO|NUXT)_PUBLIC_)(\w{0,60}PUBLIC\w{0,60})["']?\s?[:=]\s?["'`]$/i.exec(
    text.slice(Math.max(0, start - 140), start),
  )?.[1];
  if (
    called !== undefined &&
    code !== 'privatekey' &&
    (/(?:^|_)public(?:_|$)/i.test(called) || /(?:^|[a-z])public[A-Z]|[a-z]Public(?:[A-Z]|$)/.test(called)) &&
    !/(?:not|non)_?public/i.test(called)
  )
    return { verdict: 'lowered', by: 'public by design', reason: `it is called ${called}` };
  // A token is `npm_` and letters and digits, and nothing else.
  if (
    code === 'npm' &&
    /^npm_/.test(text.slice(start, end)) &&
    (/\w/.test(text[start - 1] ?? '') || /^npm_\w*_/.test(text.slice(start, end)))
  )
    return { verdict: 'dropped', by: 'made up', reason: 'it is a part of a longer name' };
  if (/\.(?:json|ya?ml)$/.test(file) && inExample(text, start))
    return { verdict: 'lowered', by: 'made up', reason: 'the description of an interface shows it as an example' };
  if (code === 'database-connection-string' || code === 'basicauth')
    return (
      ownDatabase(text.slice(start, end)) ??
      (code === 'basicauth' ? guessed(text.slice(start, end)) : null) ??
      (file.endsWith('.py') && inDocstring(text, start)
        ? { verdict: 'lowered', by: 'made up', reason: 'a text for who reads the code shows how such an address is written' }
        : null)
    );
  if (/\bplaceholder["']?\s?[:=]\s?\{?["'`][^"'`\n]{0,80}$/.test(text.slice(Math.max(0, start - 120), start)))
    return { verdict: 'lowered', by: 'made up', reason: 'a form shows it where nothing has been typed' };
  const example = madeUp(text.slice(start, end), text.slice(end, end + MAX_REST));
  if (example) return example;
  if (code !== 'privatekey') {
    // `//registry.example.com/:_authToken=…` is no comment.
    const isShown = /^\s*(?:\/\/(?![\w.-]+\/)|#|\*|\/\*).*?\b(?:looks? like|example|e\.g|such as|in the form)\b/i.test(
      lineAround(text, start),
    );
    return isShown ? { verdict: 'lowered', by: 'made up', reason: 'a comment shows what one looks like' } : null;
  }
  const stem = file.replace(/(\.key|[._-]key)?\.\w+$/, '');
  const beside = files.filter(
    (each) => dirname(each) === dirname(file) && each !== file && each.startsWith(stem) && /\.(crt|cert|cer|pem)$/.test(each),
  );
  for (const each of beside) {
    const subject = await signedByItself(join(folder, each));
    if (subject !== null) {
      const reason = `the certificate beside it (${each}) is signed by itself and names no site: it is one for trying out`;
      return { verdict: 'dropped', by: 'own machine', reason };
    }
  }
  const pair = await certificateOf(
    text.startsWith('-----BEGIN', start) ? text.slice(start) : text,
    text,
    files.filter((each) => dirname(each) === dirname(file) && /\.(crt|cert|cer|pem)$/.test(each)),
    folder,
  );
  if (pair !== null) return { verdict: 'lowered', by: 'for trying out', reason: `its certificate (${pair.file}) ${pair.why}` };
  const local = /(?<![\w$])localhost_?\w{0,20}(?=["']?\s?[:=]\s?["'`]\s{0,4}$)/i.exec(text.slice(Math.max(0, start - 80), start))?.[0];
  if (local) return { verdict: 'lowered', by: 'for trying out', reason: `its name says that it is for the own machine: ${local}` };
  const release = /(?:^|\/)(openssl[-_]?v?\d[\w.]*)\//i.exec(file)?.[1];
  if (release !== undefined) return { verdict: 'lowered', by: 'for trying out', reason: `${release}/ comes with keys that everybody has` };
  const part =
    /(?:^|[/._-])(local|tests?(?:[-_]?(?:certs?|keys?|data))?|testing|pytest|examples?|samples?|demos?|fixtures?|mocks?|dummy|dev)(?=[/._-])/i.exec(
      file,
    )?.[1];
  return part === undefined
    ? null
    : { verdict: 'lowered', by: 'for trying out', reason: `the path of the file says what the key is for: ${part}` };
}

/** Of a description in OpenAPI: below `example` or `examples`, by how far the lines are indented. */
function inExample(text: string, at: number): boolean {
  if (!/\b(?:openapi|swagger)["']?\s{0,3}:/.test(text.slice(0, 2000))) return false;
  const above = text.slice(Math.max(0, at - MAX_EXAMPLE), text.indexOf('\n', at) + 1 || text.length);
  const lines = above.trimEnd().split('\n');
  let level = Number.POSITIVE_INFINITY;
  for (let line = lines.pop(); line !== undefined && level > 0; line = lines.pop()) {
    const indent = line.search(/\S/);
    if (indent < 0 || indent >= level) continue;
    level = indent;
    if (/^\s*["']?examples?["']?\s*:/.test(line)) return true;
  }
  return false;
}

// Not "these are not meant to be public".
const saidToBePublic =
  /(?:#|\/\/|\*)(?![^\n]*(?:\bnot\b|\bnever\b|n't\b))[^\n]*\b(?:meant|intended|supposed|allowed) to be (?:public|published)\b/i;

/** So many lines above are still said of it. */
const LINES_ABOVE = 6;

const linesAbove = (text: string, at: number): string =>
  text
    .slice(Math.max(0, at - 1000), at)
    .split('\n')
    .slice(-1 - LINES_ABOVE)
    .join('\n');

/** Of Rust: behind `#[cfg(test)] mod tests {`, and not behind its end. */
function amongTests(above: string): boolean {
  const opening = [...above.matchAll(/^#\[cfg\(test\)\]\s{1,20}(?:pub )?mod \w+ \{/gm)].at(-1);
  return opening !== undefined && !/^\}/m.test(above.slice(opening.index));
}

/** Of Python: the function whose body the place stands in, by what is indented less; nothing is known behind the end of it. */
function functionAbove(text: string, at: number): string | null {
  const above = text.slice(Math.max(0, at - MAX_EXAMPLE), at);
  const head = [...above.matchAll(/^def (\w+)\(/gm)].at(-1);
  return head && !/^[^\s#)]/m.test(above.slice(above.indexOf('\n', head.index) + 1)) ? head[1]! : null;
}

/** Between three quotes that begin a line. */
function inDocstring(text: string, at: number): boolean {
  const quotes = [...text.slice(0, at).matchAll(/^([ \t]*[rRuU]?)(?:"{3}|'{3})|(?:"{3}|'{3})/gm)];
  const opening = quotes.at(-1);
  return quotes.length % 2 === 1 && opening?.[1] !== undefined;
}

/** What documentation writes in the place of a credential: digits in order, a word that says so, or only its beginning. `after`: what follows it. */
function madeUp(secret: string, after: string): Refuted | null {
  // In a long one any four digits stand next to each other somewhere.
  if (secret.length > 200) return null;
  const shown =
    /(?<![0-9])1234(?:5678?9?0?)?(?![0-9])|abc-?123|x{5}|y{5}|z{5}|(?<=[/_.-])x{3,}$|example|(?<![a-z])your(?=[_-][a-z])/i.exec(
      secret,
    )?.[0] ?? (after.startsWith('...') ? '...' : /^[\w/+=]{0,30}EXAMPLE/.test(after) ? 'EXAMPLE' : undefined);
  return shown === undefined
    ? null
    : { verdict: 'dropped', by: 'made up', reason: `it only shows what such a credential looks like: ${shown}` };
}

/** As long and as mixed as what a program makes up, or a careful person. */
const strong = (password: string): boolean =>
  password.length >= 16 || (password.length >= 10 && [/[a-z]/, /[A-Z]/, /\d/, /[^\w]/].filter((kind) => kind.test(password)).length >= 3);

/** The password of a database that runs on the own machine, or in a container beside the tests. */
function ownDatabase(address: string): Refuted | null {
  const [, user = '', password = '', host = ''] = /^\w[\w+.-]*:\/\/([^:@/\s]*):([^@\s]*)@(\[::1\]|[\w.-]+)/.exec(address) ?? [];
  const by = 'own machine';
  if (/^(user(name)?|usr|login|name|me|foo|uid)$/i.test(user) && /^(pass|password|passwd|pwd|pw|secret|bar)$/i.test(password))
    return { verdict: 'dropped', by: 'made up', reason: `${user} and ${password} stand for a name and a password` };
  if (/^(?:user(?:name)?|usr)$/i.test(user) && /^host(?:name)?$/i.test(host) && !strong(password))
    return { verdict: 'dropped', by: 'made up', reason: `${user} and ${host} stand for a name and a machine` };
  if (/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/.test(host))
    return { verdict: 'dropped', by: 'made up', reason: `${host} is an address that only documentation uses` };
  if (/^\w[\w+.-]*:\/\/[^\s'"]{0,80}[[\]{}<>]/.test(address))
    return { verdict: 'dropped', by: 'made up', reason: 'it shows of what parts such an address is made' };
  if (/^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/i.test(host))
    return { verdict: 'dropped', by, reason: `what it opens is on the own machine (${host})` };
  const forTests = password === user || /test|root|postgres|password|passwd|secret|example|change|admin|guest|dev/i.test(password);
  if (/^[\w-]+$/.test(host) && forTests)
    return { verdict: 'dropped', by, reason: `${host} is a name inside of a container network, and its password is one for trying out` };
  return null;
}

/** The password of a page or a proxy that nobody has to know to guess it. */
function guessed(address: string): Refuted | null {
  const password = /^\w[\w+.-]*:\/\/[^:@/\s]*:([^@\s]+)@/.exec(address)?.[1];
  return password === undefined || strong(password)
    ? null
    : { verdict: 'lowered', by: 'for trying out', reason: 'nobody has to know the password to guess it: examples have such ones' };
}

/** The certificate that belongs to the key, and why nobody else believes it; null when somebody may. */
async function certificateOf(
  key: string,
  text: string,
  files: readonly string[],
  folder: string,
): Promise<{ file: string; why: string } | null> {
  const beside = text.match(/-----BEGIN CERTIFICATE-----[\w+/=\s]{1,20000}-----END CERTIFICATE-----/g) ?? [];
  const candidates = [
    ...beside.map((each) => ({ file: 'in the same text', read: async () => Buffer.from(each) })),
    ...files.map((file) => ({ file, read: () => readFile(join(folder, file)) })),
  ];
  for (const { file, read } of candidates.slice(0, MAX_CERTIFICATES)) {
    try {
      const found = await read();
      if (found.length > MAX_CERTIFICATE) continue;
      const certificate = new X509Certificate(found);
      if (!certificate.checkPrivateKey(createPrivateKey(key))) continue;
      if (certificate.subject === certificate.issuer) return { file, why: 'is signed by itself: nobody else believes it' };
      if (/\bfor test(?:ing|s)?(?: use| purposes)? only\b/i.test(certificate.issuer)) return { file, why: 'was signed for tests only' };
      const names = namesOf(certificate);
      // Of an authority, whatever it is called, others are signed.
      if (!certificate.ca && names.length > 0 && names.every((name) => ownMachine.test(name)))
        return { file, why: `is for ${names[0]}: who has the key is on that machine already` };
    } catch {
      // Not a certificate, or a key that asks for a password.
    }
  }
  return null;
}

const ownMachine = /^localhost(?:\.|$)|\.(localhost|local|test|example|invalid)$/;

const namesOf = (certificate: X509Certificate): string[] =>
  [...`${certificate.subject}\n${certificate.subjectAltName ?? ''}`.matchAll(/(?:CN=|DNS:)([^\s,]+)/g)].map(([, name]) => name ?? '');

/** Its subject, when nobody else signed it and it is for no site that others could reach. */
async function signedByItself(path: string): Promise<string | null> {
  try {
    const text = await readFile(path);
    if (text.length > MAX_CERTIFICATE) return null;
    const certificate = new X509Certificate(text);
    if (certificate.subject !== certificate.issuer) return null;
    // Whatever an authority is called, its key signs for others.
    const own = certificate.ca ? ownMachine : /^[\w-]+$|\.(localhost|local|test|example|invalid)$/;
    return namesOf(certificate).every((name) => own.test(name)) ? certificate.subject : null;
  } catch {
    return null; // Not a certificate.
  }
}
