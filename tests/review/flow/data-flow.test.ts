import { describe, expect, it } from 'vitest';
import { findIn } from './find.js';

const flask = 'import os\nimport requests\nfrom flask import Flask, redirect, request\napp = Flask(__name__)\n@app.get("/x")\n';
const python = (body: string) => findIn({ 'app.py': `${flask}${body}` }).found.filter((hit) => !hit.includes('timeout'));
const script = (body: string) =>
  findIn({
    'app.ts': `import { exec } from 'node:child_process';\nimport fs from 'node:fs';\nimport path from 'node:path';\n${body}`,
  }).found.filter((hit) => !hit.startsWith('no-timeout'));

describe('data flow', () => {
  it('follows assignments, dictionaries, formatting and string methods', () => {
    expect(
      python(
        'def x():\n    box = {"u": request.args["u"].strip()}\n    url = "{}".format(box["u"])\n    return requests.get(url, timeout=1).text\n',
      ),
    ).toEqual(['py-request-forgery app.py:9']);
    expect(
      python(
        'def x():\n    box = {"u": request.args["u"], "v": "https://example.org/"}\n    return requests.get(box["v"], timeout=1).text\n',
      ),
    ).toEqual([]);
  });

  it('joins branches: a check on one way only proves nothing', () => {
    const both = (check: string) =>
      `def x():\n    url = request.args["u"]\n    if request.args.get("strict"):\n        ${check}\n    return requests.get(url, timeout=1).text\n`;
    expect(python(both('print(url)'))).toHaveLength(1);
    expect(
      python(
        'def x():\n    url = request.args["u"]\n    if url not in ALLOWED:\n        return ""\n    return requests.get(url, timeout=1).text\n',
      ),
    ).toEqual([]);
  });

  it('knows what is on a prototype, and what a step of a promise has checked', () => {
    const mount = (name: string) =>
      `function Mount() {}\nMount.prototype.serve = function (req, res) {\n  this.${name}(req.url, res);\n};\nMount.prototype.send = function (file, res) {\n  fs.createReadStream(file).pipe(res);\n};\n`;
    expect(script(mount('send'))).toEqual(['path-traversal app.ts:9']);
    expect(script(mount('other'))).toEqual([]);
    const steps = (check: string) =>
      `export function unpack(files, root) {\n  return files.map((file) => {\n    const target = path.join(root, file.path);\n    return fs.promises.realpath(target).then((real) => {\n      ${check}\n    }).then(() => fs.promises.writeFile(target, file.data), () => file.linkname);\n  });\n}\n`;
    const refused = (found: string[]) => found.filter((hit) => hit.startsWith('unsafe-archive')).length;
    expect(refused(script(steps('console.log(real);')))).toBe(1);
    expect(refused(script(steps('if (real.indexOf(root + path.sep) !== 0) throw new Error(real);')))).toBe(0);
    expect(refused(script(steps('if (real.indexOf(root + path.sep) === 0) throw new Error(real);')))).toBe(1);
  });

  it('knows that a path normalised from its first slash stays behind a folder, unless it is decoded afterwards', () => {
    const serve = (way: string) =>
      script(`export function handle(req, res) {\n  const way = ${way};\n  fs.createReadStream(path.join(root, way)).pipe(res);\n}\n`);
    expect(serve("path.normalize('/' + req.url)")).toEqual([]);
    expect(serve('path.normalize(req.url)')).toEqual(['path-traversal app.ts:6']);
    expect(serve("decodeURIComponent(path.normalize('/' + req.url))")).toEqual(['path-traversal app.ts:6']);
    expect(serve("decodeURIComponent(path.normalize('/' + req.url.replace(/%2e/gi, '.')))")).toEqual([]);
  });

  it('goes one call deep and comes back with what was returned', () => {
    expect(
      script('export function handle(req, res) {\n  run(req.query.host);\n}\nfunction run(host) {\n  exec("ping " + host);\n}\n'),
    ).toEqual(['command-injection app.ts:8']);
    expect(
      script('export function handle(req, res) {\n  exec("ping " + host(req));\n}\nfunction host(req) {\n  return req.query.host;\n}\n'),
    ).toEqual(['command-injection app.ts:5']);
  });

  it('believes a check inside of a function that says yes or no', () => {
    const handler = (body: string) =>
      `const ROOT = '/srv';\nexport function handle(req, res) {\n  const full = path.resolve(ROOT, req.params.name);\n  if (!ok(full)) return res.end();\n  fs.createReadStream(full).pipe(res);\n}\nfunction ok(full) {\n  ${body}\n}\n`;
    expect(script(handler('return full.startsWith(ROOT + path.sep);'))).toEqual([]);
    expect(script(handler('return full.length > 3;'))).toEqual(['path-traversal app.ts:8']);
  });

  it('knows that a prefix without a separator is also the beginning of its neighbours', () => {
    const handler = (prefix: string) =>
      `const root = path.resolve('/srv/public');\nexport function handle(req, res) {\n  const full = path.join(root, req.params.name);\n  if (!full.startsWith(${prefix})) return res.end();\n  fs.createReadStream(full).pipe(res);\n}\n`;
    expect(script(handler('root'))).toEqual(['path-traversal app.ts:8']);
    expect(script(handler('root + path.sep'))).toEqual([]);
  });

  it('takes only an address whose host can be chosen for a forged one', () => {
    expect(python('def x():\n    return requests.get("https://api.example/" + request.args["id"], timeout=1).text\n')).toEqual([]);
    expect(python('def x():\n    return requests.get("https://" + request.args["host"] + "/a", timeout=1).text\n')).toHaveLength(1);
  });

  it('tells where the text comes from and where it goes', () => {
    expect(findIn({ 'app.py': `${flask}def x():\n    return redirect(request.args["next"])\n` }).messages).toEqual([
      'request.args.next reaches redirect',
    ]);
  });
});
