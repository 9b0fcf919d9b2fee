import { beforeAll, describe, expect, test } from 'vitest';
import type { ReviewResult } from '../../../src/review/finding.js';
import { ruleTable } from '../../../src/review/rules/table.js';
import { review, tree } from '../support.js';

/** Code that a stock tool reports: `true` where the report stays, else what the second look says against it. */
interface Case {
  name: string;
  rule: string;
  file: string;
  code: string;
  expected: true | RegExp;
}

const py = (name: string, rule: string, code: string, expected: Case['expected'] = true): Case => ({
  name,
  rule,
  file: `${name.replace(/\W+/g, '_')}.py`,
  code,
  expected,
});
const js = (...args: Parameters<typeof py>): Case => ({ ...py(...args), file: `${args[0].replace(/\W+/g, '_')}.js` });

const cases: Case[] = [
  py(
    'name that is used where it is not among the globals',
    'ruff/F821',
    'def options():\n    if "faiss" in globals():\n        found = 1\n    else:\n        found = faiss.count()\n    return found\n',
  ),
  py(
    'name that is asked for in the second place',
    'ruff/F821',
    'def options(first):\n    if first:\n        return first\n    elif "faiss" in globals():\n        return faiss.count()\n    return None\n',
    /asks first/,
  ),
  js(
    'name that is handed on where an error is told',
    'oxlint/no-undef',
    'export function fill(image) {\n  try {\n    image.load(pictures);\n  } catch (error) {\n    console.warn(error);\n  }\n}\n',
  ),
  js(
    'name that is called beside something else that is tried',
    'oxlint/no-undef',
    'export function fill(image) {\n  try {\n    image.load();\n    fillPictures(image);\n  } catch (error) {\n    console.warn(error);\n  }\n}\n',
  ),
  py(
    'slot of an attribute with two underscores',
    'ruff/PLE0237',
    "class _Hotel:\n    __slots__ = ('_Hotel__room',)\n\n    def __init__(self, room):\n        self.__room = room\n",
    /which has a slot/,
  ),
  py(
    'slot of another attribute with two underscores',
    'ruff/PLE0237',
    "class _Hotel:\n    __slots__ = ('_Hotel__room',)\n\n    def __init__(self, room):\n        self.__rooms = room\n",
  ),
  py(
    'local that is looked for among the locals first',
    'pyright/reportUnboundVariable',
    'def count(rows):\n    stats = {"rows": len(sorted_rows) if "sorted_rows" in locals() else len(rows)}\n    sorted_rows = sorted(rows)\n    return stats, sorted_rows\n',
    /asks first/,
  ),
  py(
    'local that is looked for where it is not used',
    'pyright/reportUnboundVariable',
    'def count(rows):\n    stats = {"rows": len(rows) if "sorted_rows" in locals() else len(sorted_rows)}\n    sorted_rows = sorted(rows)\n    return stats, sorted_rows\n',
  ),
  py(
    'name that is to be gone, and may be so already',
    'ruff/F821',
    'def clear():\n    try:\n        del rows\n    except:\n        pass\n',
    /that the name is missing is handled/,
  ),
  py('name that is to be gone', 'ruff/F821', 'def clear(go):\n    try:\n        go()\n    except:\n        del rows\n'),
  py(
    'global that is made when it is asked for first',
    'pyright/reportUnboundVariable',
    'def chars():\n    global known_chars\n    try:\n        return known_chars\n    except:\n        known_chars = [1]\n        return known_chars\n',
    /that the name is missing is handled/,
  ),
  js(
    'files of a program that Emscripten makes',
    'oxlint/no-undef',
    'export const keep = (path) => {\n  FS.mkdir(path);\n  return FS.syncfs(true, console.log);\n};\n',
    /for a program of Emscripten/,
  ),
  js('letters that stand for files', 'oxlint/no-undef', 'export const keep = (path) => FS(path);\nexport const read = (fs) => fs(1);\n'),
  js(
    'hosts of mini programs',
    'oxlint/no-undef',
    'export const host = (kind) => (kind === 1 ? my : kind === 2 ? wx : kind === 3 ? ks : null);\nexport const own = () => wx.ask(my);\nexport const to = (f) => f(my);\n',
    /runs in mini programs/,
  ),
  js('letters like those of a mini program', 'oxlint/no-undef', 'export const host = (kinds) => kinds.map((each) => ks[each]);\n'),
  py(
    'type of an attribute inside of a function',
    'ruff/F821',
    'class Simulation:\n    def __init__(self) -> None:\n        self.action: function = None\n',
    /is not computed/,
  ),
  py(
    'type of an attribute inside of another type',
    'ruff/F821',
    'from typing import Optional\n\n\nclass Simulation:\n    def __init__(self) -> None:\n        self.action: Optional[Action] = None\n',
    /is not computed/,
  ),
  py(
    'dictionary that is made empty for its types',
    'ruff/B035',
    'def counts():\n    return {0: 0.0 for each in range(0)}\n',
    /only has its types/,
  ),
  py(
    'method that only calls what always fails',
    'ruff/PLE0304',
    'class Marker:\n    def fail(self):\n        raise RuntimeError("a marker")\n\n    def __bool__(self):\n        self.fail()\n',
    /nothing is answered/,
  ),
  py(
    'method that only calls what may fail',
    'ruff/PLE0304',
    'class Marker:\n    def fail(self):\n        print("a marker")\n\n    def __bool__(self):\n        self.fail()\n',
  ),
  py(
    'name that is imported where it is missing',
    'pyright/reportUnboundVariable',
    'def load():\n    try:\n        found = fits.__doc__\n    except:\n        from astropy.io import fits\n\n        found = fits.__doc__\n    return found\n',
    /that the name is missing is handled/,
  ),
  py(
    'name that is looked for among the locals first',
    'ruff/F821',
    "def options():\n    return {'faiss': 'faiss' in locals() and faiss is not None}\n",
    /asks first/,
  ),
  py(
    'name that is looked for among the locals or not',
    'ruff/F821',
    "def options():\n    return {'faiss': 'faiss' in locals() or faiss is not None}\n",
  ),
  py(
    'name without which the function leaves',
    'ruff/F821',
    'def correct(stack):\n    if "MotionCorrect" not in locals():\n        raise ImportError("caiman")\n    return MotionCorrect(stack)\n',
    /leaves where the name is not there/,
  ),
  py(
    'name without which the function only says so',
    'ruff/F821',
    'def correct(stack):\n    if "MotionCorrect" not in locals():\n        print("caiman")\n    return MotionCorrect(stack)\n',
  ),
  py(
    'name that is called like a statement',
    'ruff/invalid-syntax',
    'def found(rows):\n    count = len(rows) - 1; match = False\n    while count:\n        count -= 1; match = rows[count]\n    return match\n',
    /is a name there/,
  ),
  py('type of a parameter', 'ruff/F821', 'def simulate(action: function) -> None:\n    action()\n'),
  py('type of an attribute of a class', 'ruff/F821', 'class Simulation:\n    action: function = None\n'),
  py(
    'name of Python 2 instead of an import',
    'ruff/F821',
    'try:\n    from html.parser import HTMLParser\nexcept ImportError:\n    from HTMLParser import HTMLParser\n\n    chr = unichr\n',
    /the import on line 4 fails first/,
  ),
  py(
    'name of Python 2 instead of a library',
    'ruff/F821',
    'try:\n    from shop import letters\nexcept ImportError:\n    import letters\n\n    chr = unichr\n',
  ),
  js(
    'super in one expression with what follows',
    'oxlint/constructor-super',
    'class Base {}\n\nexport class List extends Base {\n  constructor(size) {\n    super(size), (this.size = size);\n  }\n}\n',
    /begins with the call/,
  ),
  js(
    'super in the call that the constructor begins with',
    'oxlint/constructor-super',
    'class Base {}\n\nexport class List extends Base {\n  constructor(size) {\n    Object.assign(super(), { size });\n  }\n}\n',
    /begins with the call/,
  ),
  js(
    'super whose answer is taken apart',
    'oxlint/constructor-super',
    'class Base {}\n\nexport class Table extends Base {\n  constructor(rows) {\n    const { first } = super(rows);\n    this.head = first;\n  }\n}\n',
    /begins with the call/,
  ),
  js(
    'super in a condition',
    'oxlint/constructor-super',
    'class Base {}\n\nexport class List extends Base {\n  constructor(size) {\n    if (size) super(size), (this.size = size);\n  }\n}\n',
  ),
  {
    ...js(
      'method and body from the caller',
      'oxlint/unicorn/no-invalid-fetch-options',
      "export async function ask(address: string, method: 'GET' | 'POST', body?: string) {\n  return fetch(new Request(address, { method, body }));\n}\n",
      /is what the function is given/,
    ),
    file: 'ask.ts',
  },
  {
    ...js(
      'archive read by yauzl',
      'mahavishnu/unsafe-archive',
      "import { createWriteStream } from 'node:fs';\nimport { join } from 'node:path';\nimport yauzl from 'yauzl';\n\nexport function unpack(file, folder) {\n  yauzl.open(file, { lazyEntries: false }, (error, zip) => {\n    zip.on('entry', (entry) => {\n      zip.openReadStream(entry, (failed, stream) => stream.pipe(createWriteStream(join(folder, entry.fileName))));\n    });\n  });\n}\n",
      /yauzl gives no entry/,
    ),
    file: 'unpack.mjs',
  },
  {
    ...js(
      'archive read by yauzl as it is',
      'mahavishnu/unsafe-archive',
      "import { createWriteStream } from 'node:fs';\nimport { join } from 'node:path';\nimport yauzl from 'yauzl';\n\nexport function unpack(file, folder) {\n  yauzl.open(file, { decodeStrings: false }, (error, zip) => {\n    zip.on('entry', (entry) => {\n      zip.openReadStream(entry, (failed, stream) => stream.pipe(createWriteStream(join(folder, entry.fileName))));\n    });\n  });\n}\n",
    ),
    file: 'unpack-raw.mjs',
  },
  py('default of which something inside is changed', 'ruff/B006', 'def f(rows=[[]]):\n    rows[0][0].append(1)\n    return rows\n'),
  py(
    'work that a thread does',
    'mahavishnu/py-dropped-task',
    'import asyncio\n\n\nasync def keep(loop, write, row):\n    asyncio.ensure_future(loop.run_in_executor(None, write, row))\n',
    /has a thread do the work/,
  ),
  py(
    'message with a dict of what it may name',
    'ruff/PLE1205',
    'import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef f(service):\n    log.warning("no trace", {"service": service})\n',
    /may name nothing of it/,
  ),
  py(
    'message with a dict and more',
    'ruff/PLE1205',
    'import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef f(service, stream):\n    log.warning("no trace", {"service": service}, stream)\n',
  ),
  py(
    'sleep for who has no loop',
    'mahavishnu/py-blocking-call',
    'import asyncio\nimport time\n\n\nasync def again(wait, async_mode):\n    if async_mode:\n        await asyncio.sleep(wait)\n    else:\n        time.sleep(wait)\n',
    /takes the branch that awaits/,
  ),
  py(
    'sleep where the other branch awaits something else',
    'mahavishnu/py-blocking-call',
    'import time\n\n\nasync def again(wait, connected, send):\n    if connected:\n        await send()\n    else:\n        time.sleep(wait)\n',
  ),
  py(
    'coroutine about a thread',
    'mahavishnu/py-dropped-task',
    'import asyncio\n\n\nasync def keep(write, row):\n    asyncio.ensure_future(asyncio.to_thread(write, row))\n',
  ),
  py(
    'default in a field that another object has as well',
    'ruff/B006',
    'class Curve:\n    def __init__(self, tags=[]):\n        self.tags = tags\n\n    def take(self, other):\n        self.tags = other.tags\n\n    def shown(self):\n        return [tag for tag in self.tags]\n',
    /only ever read/,
  ),
  py(
    'default in a field that another object has and changes',
    'ruff/B006',
    'class Curve:\n    def __init__(self, tags=[]):\n        self.tags = tags\n\n    def take(self, other):\n        self.tags = other.tags\n        self.tags.append("taken")\n',
  ),
  py('default of which two are taken out', 'ruff/B006', 'def f(rows=[1, 2]):\n    del rows[0], rows[1]\n    return rows\n'),
  py(
    'function that only says that it is not there yet',
    'ruff/F811',
    'def read():\n    raise NotImplementedError\n\n\ndef read(path):\n    return open(path).read()\n',
    /only announces read/,
  ),
  py(
    'property that is only announced twice',
    'ruff/F811',
    'from abc import ABC, abstractmethod\n\n\nclass Node(ABC):\n    @property\n    @abstractmethod\n    def id(self):\n        raise NotImplemented()\n\n    @property\n    @abstractmethod\n    def id(self):\n        raise NotImplemented()\n',
    /only announces id/,
  ),
  py(
    'class that is only announced',
    'ruff/F811',
    'class Rows:\n    def add(self, row):\n        pass\n\n\nclass Rows:\n    def add(self, row):\n        print(row)\n',
    /only announces Rows/,
  ),
  js(
    'least value that is a number',
    'oxlint/oxc/const-comparisons',
    'export function least(values) {\n  let at = -1;\n  let found;\n  while (++at < values.length) if ((found = values[at]) != null && found >= found) break;\n  return found;\n}\n',
    /no number/,
  ),
  py('error that is defined twice', 'ruff/F811', 'class Missing(KeyError):\n    pass\n\n\nclass Missing(OSError):\n    pass\n'),
  py('name that a checker is told of in its own spelling', 'pyright/reportUndefinedVariable', 'tags.add("draft")  # NoQA: F821\n', /noqa/),
  py(
    'function that takes the place of one that works',
    'ruff/F811',
    'def read(path):\n    return open(path).read()\n\n\ndef read(path):\n    raise NotImplementedError\n',
  ),
  py('one of several names that are announced', 'ruff/F811', 'A = B = None\n\n\nclass B:\n    pass\n', /only announces B/),
  py('exec of a parameter', 'ruff/S102', 'def f(text, scope):\n    exec(text, scope)\n'),
  py('exec of a constant', 'ruff/S102', 'TEXT = "x = 1"\n\ndef f(scope):\n    exec(TEXT, scope)\n', /constant of this file/),
  py('exec of what is put together', 'ruff/S102', 'def f(name, scope):\n    text = "x = " + name\n    exec(text, scope)\n'),
  py('exec of one of two texts', 'ruff/S102', 'def f(name, scope):\n    text = "x = 1"\n    text += name\n    exec(text, scope)\n'),
  py(
    'exec of an own tree',
    'ruff/S102',
    'import ast\n\ndef f(n, scope):\n    module = ast.fix_missing_locations(ast.Module([ast.Expr(ast.Constant(n))], []))\n    exec(compile(module, "<f>", "exec"), scope)\n',
    /syntax tree that this file builds/,
  ),
  py(
    'exec of a parsed tree',
    'ruff/S102',
    'import ast\n\ndef f(text, scope):\n    module = ast.Module(ast.parse(text).body, [])\n    exec(compile(module, "<f>", "exec"), scope)\n',
  ),
  py(
    'sleep that its authors marked',
    'mahavishnu/py-blocking-call',
    'import time\n\n\nasync def reply(wait, send):\n    time.sleep(wait)  # noqa: ASYNC251\n    await send()\n',
    /names this rule in noqa/,
  ),
  py(
    'name behind a question in one line',
    'ruff/F821',
    'from compat import IS_PYTHON2\n\n\ndef as_long(value):\n    return (long if IS_PYTHON2 else int)(value)\n',
    /asks first which Python it is/,
  ),
  py('eval of an f string', 'ruff/S307', 'def f(x):\n    return eval(f"{x} + 1")\n'),
  py(
    'own pickle',
    'ruff/S301',
    'import pickle\n\ndef f(x):\n    data = pickle.dumps(x)\n    return pickle.loads(data)\n',
    /dumped on line 4/,
  ),
  py('pickle of a parameter', 'ruff/S301', 'import pickle\n\ndef f(data):\n    return pickle.loads(data)\n'),
  js(
    'bits that are shifted',
    'oxlint/no-cond-assign',
    'export function f(n) {\n  if (n >>>= 5) return n;\n  return 0;\n}\n',
    /where a comparison is meant/,
  ),
  js(
    'text without its markup',
    'oxlint/no-self-assign',
    'export const f = (node) => {\n  node.textContent = node.textContent;\n};\n',
    /does something in a page/,
  ),
  py(
    'name behind an older module',
    'ruff/F821',
    'try:\n    import urlparse\n\n    texts = (basestring,)\nexcept ImportError:\n    import urllib.parse as urlparse\n\n    texts = (str,)\n',
    /fails first/,
  ),
  py(
    'default that is replaced when there is none',
    'ruff/B006',
    'def f(to, attrs={}):\n    if not attrs:\n        attrs = {}\n    attrs["to"] = to\n    return attrs\n',
    /only ever read/,
  ),
  py(
    'name behind a question for the Python',
    'ruff/F821',
    'import sys\n\nPY_3 = sys.version_info.major >= 3\npython_version = sys.version_info[0]\ntexts = (str if PY_3 else basestring, str if python_version == 3 else unicode)\n',
    /which Python it is/,
  ),
  py(
    'task that its authors know of',
    'mahavishnu/py-dropped-task',
    'import asyncio\n\n\nasync def f(go):\n    asyncio.create_task(go())  # noqa: RUF006\n',
    /names this rule in noqa/,
  ),
  py(
    'default that is copied first',
    'ruff/B006',
    'def f(data={}):\n    if data is not None:\n        data = data.copy()\n    data["to"] = 1\n    return data\n',
    /only ever read/,
  ),
  py(
    'name in the else of its own try',
    'ruff/F821',
    'try:\n    text = unicode\nexcept NameError:\n    text = str\nelse:\n    texts = (unicode, bytes)\n',
    /NameError is caught/,
  ),
  py(
    'name in the else of another try',
    'ruff/F821',
    'try:\n    text = str\nexcept NameError:\n    text = None\nelse:\n    texts = (programme, bytes)\n',
  ),
  py(
    'converters that are added',
    'ruff/F811',
    '@settings.add_converter("a")\ndef convert(value):\n    return value\n\n\n@settings.add_converter("b")\ndef convert(value):\n    return [value]\n',
    /keeps the first one/,
  ),
  js('own object', 'oxlint/no-constant-binary-expression', 'exports.isObject = (it) => it === new Object(it);\n', /only an object/),
  js(
    'executor whose promise is caught',
    'oxlint/no-async-promise-executor',
    'exports.run = (work) =>\n  new Promise(async (resolve, reject) => {\n    await work().then(resolve).catch((error) => reject(error));\n  });\n',
    /stands in a try/,
  ),
  js('not a number', 'oxlint/no-self-compare', 'export const f = (x) => +x === +x;\n', /only NaN differs/),
  js('method of every object', 'oxlint/no-undef', "exports.f = (x) => toString.call(x) === '[object String]';\n", /as every object has/),
  js(
    'options of a server',
    'mahavishnu/tls-verification-off',
    "const https = require('https');\n\nconst options = { key: 'k', cert: 'c', rejectUnauthorized: false };\nhttps.createServer(options).listen();\n",
    /asks nobody for a certificate/,
  ),
  js(
    'options of a client',
    'mahavishnu/tls-verification-off',
    "const https = require('https');\n\nconst options = { host: 'h', rejectUnauthorized: false };\nhttps.request(options);\n",
  ),
  py(
    'name after the last answer',
    'ruff/F821',
    'def f(x):\n    if x:\n        return 1\n    elif x is None:\n        return 2\n    else:\n        return 3\n    return programme\n',
    /always leaves/,
  ),
  py(
    'name after a choice without an else',
    'ruff/F821',
    'def f(x):\n    if x:\n        return 1\n    elif x is None:\n        return 2\n    return programme\n',
  ),
  py(
    'method of an interface',
    'ruff/PLE0302',
    'class IApplicationRequest(IHTTPRequest):\n    def __getitem__(key):\n        "Gives what the request has."\n',
    /how its methods are called/,
  ),
  js('text of a timer', 'oxlint/no-implied-eval', "window.onresize = () => setTimeout('scale()', 50);\n", /constant of this file/),
  js(
    'text of a timer that is put together',
    'oxlint/no-implied-eval',
    "window.onresize = () => setTimeout('scale(' + window.name + ')', 50);\n",
  ),
  py('name of Python 2 in a try', 'ruff/F821', 'try:\n    text = unicode\nexcept BaseException:\n    text = str\n', /NameError is caught/),
  py(
    'name of its own in a try',
    'ruff/F821',
    'def f(log):\n    try:\n        return programme.run()\n    except Exception:\n        log("failed")\n        raise\n',
  ),
  py('default only read', 'ruff/B006', 'def f(x, known=[]):\n    return x in known and len(known) > 1\n', /only ever read/),
  py(
    'default read by an own function',
    'ruff/B006',
    'def g(all):\n    return len(all)\n\ndef f(known=[]):\n    return g(known)\n',
    /only ever read/,
  ),
  py('default changed by an own function', 'ruff/B006', 'def g(all):\n    all.append(1)\n\ndef f(known=[]):\n    return g(known)\n'),
  py('default that is appended to', 'ruff/B006', 'def f(x, known=[]):\n    known.append(x)\n'),
  py('default that is returned', 'ruff/B006', 'def f(known={}):\n    return known\n'),
  py('default that is kept', 'ruff/B006', 'class A:\n    def __init__(self, known={}):\n        self.known = known or {}\n'),
  py(
    'default that is copied before it is changed',
    'ruff/B006',
    'def f(more, rows=[]):\n    rows = list(rows) or list(more)\n    rows.append(1)\n    return rows\n',
    /only ever read/,
  ),
  py(
    'default that is copied in the branch that changes it',
    'ruff/B006',
    'def f(rows=["a"]):\n    rows = rows or []\n    if rows:\n        rows = set(rows)\n        rows -= {"a"}\n    return len(rows)\n',
    /only ever read/,
  ),
  py(
    'default that every branch copies',
    'ruff/B006',
    'def f(rows=[]):\n    if isinstance(rows, int):\n        rows = [rows]\n    else:\n        rows = rows[:]\n    rows.append(1)\n    return rows\n',
    /only ever read/,
  ),
  py(
    'default that one branch copies',
    'ruff/B006',
    'def f(rows=[1]):\n    if isinstance(rows, int):\n        rows = [rows]\n    elif len(rows) > 3:\n        rows = rows[:3]\n    rows.append(1)\n    return rows\n',
  ),
  py(
    'default that is replaced where it is empty',
    'ruff/B006',
    'def f(more, rows={}):\n    if rows == {}:\n        rows = dict(more)\n    rows["a"]["b"] = 1\n    return rows\n',
    /only ever read/,
  ),
  py(
    'default that is copied in one branch and changed in another',
    'ruff/B006',
    'def f(fresh, rows=["a"]):\n    if fresh:\n        rows = list(rows)\n    else:\n        rows.append("b")\n    return len(rows)\n',
  ),
  py(
    'default that is copied where it is empty',
    'ruff/B006',
    'def f(more, rows=[1]):\n    rows = rows or list(more)\n    rows.append(1)\n    return rows\n',
  ),
  py(
    'place that is declared for Cython',
    'pyright/reportUnboundVariable',
    'import cython\nfrom cython.cimports import libav as lib\n\n\ndef rate(of):\n    found: lib.AVRational\n    lib.rate_of(of, cython.address(found))\n    return found\n',
    /declares found for Cython/,
  ),
  py(
    'place that is not declared for Cython',
    'pyright/reportUnboundVariable',
    'import cython\nfrom cython.cimports import libav as lib\n\n\ndef rate(of):\n    lib.rate_of(of, cython.address(found))\n    found = 1\n    return found\n',
  ),
  py(
    'value that is computed when it is first read',
    'ruff/B018',
    'from lazy import Lazy\n\n\nclass Batch:\n    @Lazy\n    def get_rows(self):\n        return [1]\n\n    def more(self):\n        self.get_rows\n        return True\n',
    /get_rows is a property/,
  ),
  py(
    'request whose authors know that it may wait',
    'mahavishnu/py-no-timeout',
    'import requests\n\n\ndef f(url):\n    return requests.get(url)  # noqa: S113\n',
    /names this rule in noqa/,
  ),
  py(
    'name where a package may be missing',
    'ruff/F821',
    'try:\n    from fast import check_output\nexcept ImportError:\n\n    def check_output(command):\n        raise CalledProcessError(1, command)\n\n\nprint(check_output(["ls"]))\n',
  ),
  py(
    'certificates that a comment does not speak of',
    'mahavishnu/py-tls-verification-off',
    'import ssl\n\n\ndef connect(sock, key, ca=None):\n    # The CA is the one of the operator.\n    if ca:\n        return ssl.wrap_socket(sock, key, cert_reqs=ssl.CERT_REQUIRED, ca_certs=ca)\n    else:\n        return ssl.wrap_socket(sock, key, cert_reqs=ssl.CERT_NONE)\n',
  ),
  js('many digits', 'oxlint/oxc/number-arg-out-of-range', 'exports.f = (x) => x.toFixed(100);\n', /up to 100 digits/),
  js('too many digits', 'oxlint/oxc/number-arg-out-of-range', 'exports.f = (x) => x.toFixed(101);\n'),
  py('division that rounds up', 'ruff/B002', 'def f(rows, most):\n    return -(-(-(-rows // most)) // 8) * 8\n', /both signs are meant/),
  py('signs that add nothing', 'ruff/B002', 'def f(rows):\n    --rows\n    return rows\n'),
  py('translation that nothing installs', 'ruff/F821', 'def f(of):\n    if of:\n        of.add(_("No context"))\n'),
  py('failure that a comment for another rule stands beside', 'ruff/F821', 'def f():\n    return fail  # ruff:ignore[line-too-long]\n'),
  py('underscore that is not called', 'ruff/F821', 'def f(of):\n    for _x in of:\n        of.add(_.name)\n'),
  py(
    'name that type checkers are told of',
    'pyright/reportUnboundVariable',
    'from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    XML: object\nelse:\n    from xml.etree.ElementTree import XML\n\nparse = XML\n',
    /says to type checkers what XML is/,
  ),
  py(
    'name that only type checkers are told of',
    'pyright/reportUnboundVariable',
    'from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    XML: object\n\nparse = XML\n',
  ),
  py('default that is put in order', 'ruff/B006', 'def f(rows=[]):\n    rows.sort()\n    return len(rows)\n', /only ever read/),
  py('default with an entry that is set', 'ruff/B006', 'def f(x, known={}):\n    known[x] = 1\n'),
  py(
    'closure called in the round',
    'ruff/B023',
    'def f(all):\n    out = []\n    for one in all:\n\n        def g():\n            return one + 1\n\n        out.append(g())\n    return out\n',
    /only called in the round/,
  ),
  py(
    'closure that is kept',
    'ruff/B023',
    'def f(all):\n    out = []\n    for one in all:\n\n        def g():\n            return one + 1\n\n        out.append(g)\n    return out\n',
  ),
  py(
    'closure in another closure',
    'ruff/B023',
    'def f(all):\n    out = []\n    for one in all:\n\n        def g():\n            return one + 1\n\n        out.append(lambda: g())\n    return out\n',
  ),
  py(
    'closure in a thread that is awaited',
    'ruff/B023',
    'import asyncio\n\nasync def f(all, go):\n    for one in all:\n        await asyncio.to_thread(lambda: go(one))\n',
    /used up where it stands/,
  ),
  py('closure of a task', 'ruff/B023', 'async def f(all, loop, go):\n    for one in all:\n        loop.call_later(1, lambda: go(one))\n'),
  py(
    'closure that is returned',
    'ruff/B023',
    'def f(all, go):\n    for one in all:\n        if one:\n            return go(lambda: one)\n    return None\n',
    /the loop ends/,
  ),
  py('property that is read', 'ruff/B018', 'def f(answer):\n    answer.content\n', /may be a property/),
  py(
    'method that is not called',
    'ruff/B018',
    'class A:\n    def done(self):\n        self.n = 1\n\n    def f(self):\n        self.done\n',
  ),
  py('close that is not called', 'ruff/B018', 'def f(file):\n    file.close\n'),
  py('comparison without effect', 'ruff/B015', 'def f(a, b):\n    a.x == b\n'),
  py(
    'comparison that must fail',
    'ruff/B015',
    'import pytest\n\ndef f(a, b):\n    with pytest.raises(TypeError):\n        a < b\n',
    /whether it can be computed/,
  ),
  py(
    'raise in a helper',
    'ruff/PLE0704',
    'def fail(known):\n    if not known:\n        raise\n\ndef f(go):\n    try:\n        go()\n    except OSError:\n        fail(True)\n',
    /called on line 9, while an error is handled/,
  ),
  py('raise of nothing', 'ruff/PLE0704', 'def fail(known):\n    if not known:\n        raise\n\ndef f():\n    fail(True)\n'),
  py(
    'method twice',
    'ruff/F811',
    'class A:\n    def f(self) -> int:\n        return 1\n\n    def f(self, x: int) -> int:\n        return x\n',
  ),
  py(
    'unbound in one branch',
    'pyright/reportPossiblyUnboundVariable',
    'def f(x: bool) -> int:\n    if x:\n        out = 1\n    return out\n',
  ),
  py(
    'slot named like an import',
    'pyright/reportUnboundVariable',
    'from logging import root as log\n\n\nclass A:\n    __slots__ = ("log",)\n\n    def __init__(self, log=log) -> None:\n        self.log = log\n',
    /takes the module's, from line 1/,
  ),
  py('unbound in a function', 'pyright/reportUnboundVariable', 'def f() -> int:\n    del_me = 1\n    del del_me\n    return del_me\n'),
  js(
    'function text that is constant',
    'oxlint/no-new-func',
    'export const root = new Function("return this")();\n',
    /constant of this file/,
  ),
  js('function text that is built', 'oxlint/no-new-func', 'export const make = (name) => new Function("return " + name);\n'),
  js(
    'eval of a constant name',
    'oxlint/no-eval',
    'const text = "require";\nexport const get = () => eval(text);\n',
    /constant of this file/,
  ),
  js(
    'eval of a name that changes',
    'oxlint/no-eval',
    'let text = "require";\nexport const put = (x) => { text = x; };\nexport const get = () => eval(text);\n',
  ),
  js(
    'getter that answers sometimes',
    'oxlint/getter-return',
    'export class A {\n  get x() {\n    if (this.y) return 1;\n  }\n}\n',
    /undefined where it has none/,
  ),
  js('getter without answer', 'oxlint/getter-return', 'export class A {\n  get x() {\n    this.y = 1;\n  }\n}\n'),
  js(
    'getter with an inner answer',
    'oxlint/getter-return',
    'export class A {\n  get x() {\n    this.list.map((each) => {\n      return each;\n    });\n  }\n}\n',
  ),
  js(
    'function that replaces itself',
    'oxlint/no-func-assign',
    'export function now() {\n  now = Date.now;\n  return now();\n}\n',
    /in its own place/,
  ),
  js('function that is overwritten', 'oxlint/no-func-assign', 'export function now() {\n  return 1;\n}\nnow = 2;\n'),
  js('assignment in a condition', 'oxlint/no-cond-assign', 'export function f(a, b) {\n  if (a = b) return 1;\n  return 2;\n}\n'),
  js(
    'assignment in brackets',
    'oxlint/no-cond-assign',
    'export function f(all) {\n  let one;\n  const out = {};\n  for (const each of all) out[each] = (one = out[each]) ? [one] : each;\n  return out;\n}\n',
    /brackets of its own/,
  ),
  js(
    'request that is copied',
    'oxlint/unicorn/no-invalid-fetch-options',
    'export const copy = (request, body) => new Request(request, { body });\n',
    /which is copied/,
  ),
  js(
    'request of an address',
    'oxlint/unicorn/no-invalid-fetch-options',
    'export const ask = (body) => new Request("https://a.example", { body });\n',
  ),
  js('global that is asked for', 'oxlint/no-undef', 'export const x = typeof exotic === "function" ? exotic() : null;\n', /asks first/),
  js('global that is not asked for', 'oxlint/no-undef', 'export const x = exotic();\n'),
  js(
    'global whose type is compared with a constant',
    'oxlint/no-undef',
    "const fnc = 'function';\nexport const has = () => typeof exotic === fnc;\nexport const x = () => exotic();\n",
    /asks first/,
  ),
  js(
    'global that is looked for in the window',
    'oxlint/no-undef',
    'export const has = () => "exotic" in window;\nexport const x = () => exotic();\n',
    /asks first/,
  ),
  js(
    'global that a package fills in its own way',
    'oxlint/no-undef',
    "const cli = require('shop-cli');\ncli.local();\n\nmodule.exports = (usage) => die(usage);\n",
  ),
  js(
    'global that is looked for among the options',
    'oxlint/no-undef',
    'export const has = (options) => "exotic" in options;\nexport const x = () => exotic();\n',
  ),
  py('division that is there to fail', 'ruff/B018', 'def f(kind):\n    if kind == "divide":\n        1 / 0\n', /there to fail/),
  py(
    'class that a class body takes over',
    'pyright/reportUnboundVariable',
    'class QoS:\n    pass\n\n\nclass Channel:\n    QoS = QoS\n\n    def plain(self) -> None:\n        self.QoS = None\n',
    /takes the module's, from line 1/,
  ),
  py(
    'overloads under another name',
    'ruff/F811',
    'from package.compat import typing as _t\n\n\n@_t.overload\ndef f(x: int) -> int: ...\n\n\n@_t.overload\ndef f(x: str) -> str: ...\n\n\ndef f(x):\n    return x\n',
    /only says how f may be called/,
  ),
  py(
    'method of Python 2',
    'ruff/F821',
    'class A:\n    def __init__(self, n):\n        self.n = n\n\n    def __long__(self):\n        return long(self.n)\n',
    /that only Python 2 calls/,
  ),
  py(
    'loader of texts',
    'ruff/S506',
    'import yaml\n\n\ndef f(text):\n    return yaml.load(text, Loader=yaml.BaseLoader)\n',
    /makes nothing but texts/,
  ),
  py('loader of anything', 'ruff/S506', 'import yaml\n\n\ndef f(text):\n    return yaml.load(text, Loader=yaml.UnsafeLoader)\n'),
  py(
    'name of the other Python',
    'ruff/F821',
    'def f(text):\n    if str is not bytes:\n        return str(text, "utf-8")\n    else:\n        return unicode(text, "utf-8")\n',
    /asks first which Python it is/,
  ),
  py(
    'name of the other Python in a condition',
    'ruff/F821',
    'import sys\n\n\ndef f(text):\n    return sys.version_info.major == 2 and isinstance(text, unicode)\n',
    /asks first which Python it is/,
  ),
  py('default whose entries are changed', 'ruff/B006', 'def f(name, groups={}):\n    groups["all"].append(name)\n    return len(groups)\n'),
  py(
    'default behind another name',
    'ruff/B006',
    'def f(run, options={}):\n    def shim(**options):\n        options["tty"] = True\n        return run(**options)\n\n    return shim(**options)\n',
    /only ever read/,
  ),
  py(
    'cell of a closure',
    'ruff/B006',
    'def f(file, number, read):\n    def line(number=[number]):\n        number[0] += 1\n        return read(file, number[0])\n\n    return line\n',
    /made with each run of the outer one/,
  ),
  py(
    'options that are handed on',
    'ruff/S113',
    'from requests import get\n\n\ndef f(url, **options):\n    return get(url, **options)\n',
    /may hold a time limit/,
  ),
  js(
    'date that asks whether it is one',
    'oxlint/no-self-compare',
    'export const isDate = (date) => date.getTime() === date.getTime();\n',
    /only NaN differs from itself/,
  ),
  js(
    'arguments of a module',
    'oxlint/no-undef',
    "const kindOf = require('./kind-of');\nmodule.exports = kindOf(arguments);\n",
    /runs such a module as a function/,
  ),
  js('field compared with itself', 'oxlint/no-self-compare', 'export const longer = (a, b) => a.length < a.length && b;\n'),
  js(
    'letter that asks for an encoding',
    'oxlint/no-self-compare',
    'export const readable = "\u0100" !== "\\u0100";\n',
    /whether the file was read/,
  ),
];

const table = await ruleTable();

describe('what stock tools report is looked at again (RV-7)', () => {
  let result: ReviewResult;
  beforeAll(async () => {
    result = await review(tree(Object.fromEntries(cases.map(({ file, code }) => [file, code]))), 'all');
    expect(result.coverage.agents.filter(({ status }) => status === 'failed')).toEqual([]);
  });

  test.each(cases.map((each) => [each.name, each] as const))('%s', (_, { file, rule, expected }) => {
    const left = result.findings.filter((finding) => finding.file === file && finding.rule === rule).length;
    const gone = result.refuted.filter(({ finding }) => finding.file === file && finding.rule === rule).map(({ reason }) => reason);
    // One of our own rules may say the same and give the finding its name.
    const meant = result.findings.filter((finding) => finding.file === file && table.byId(finding.rule)?.class === table.byId(rule)?.class);
    if (expected === true) expect({ left: meant.length, gone }).toEqual({ left: 1, gone: [] });
    else expect({ left, gone: gone.slice(0, 1) }).toEqual({ left: 0, gone: [expect.stringMatching(expected)] });
  });
});

test('globals of other runtimes are known, and what a package exports may be one of its modules', async () => {
  const { findings } = await review(
    tree({
      'run.js':
        'export const a = Deno.args;\nexport const b = Bun.argv;\nexport const c = new WebSocketPair();\ndefine([], () => 1);\nexport const d = (text) => new java.lang.String(text);\n',
      'pack/__init__.py': '__all__ = ["part"]\n',
      'pack/part.py': '__all__ = ["missing"]\n',
    }),
  );
  expect(findings.map(({ rule, file }) => `${rule} ${file}`)).toEqual(['ruff/F822 pack/part.py']);
});

test('what others wrote, and defaults that only leave the function, are told less loudly', async () => {
  const assigns = 'function f(a, b) {\n  if (a = b) return 1;\n  return 2;\n}\nwindow.f = f;\n';
  const { findings } = await review(
    tree({
      'web/static/library.js': `/*!\n * Library of Others v1.7.1\n * Copyright 2011, Somebody\n */\n${assigns}`,
      'web/static/own.js': `// What the page does.\n${assigns}`,
      'src/engine.js': `/*!\n * Own Engine v1.7.1\n * Copyright 2011, Somebody\n */\n${assigns}`,
      'web/thirdparty/part.js': assigns,
      'settings.py': 'def value(found, name, default=[]):\n    return found[name] if name in found else default\n',
      'changing.py': 'def value(found, name, default=[]):\n    default.append(name)\n    return found.get(name, default)\n',
    }),
    'all',
  );
  const told = findings.filter(({ rule }) => rule === 'oxlint/no-cond-assign' || rule === 'ruff/B006');
  expect(told.map(({ file, priority, check }) => `${priority} ${file}: ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P1 src/engine.js: kept',
    'P1 web/static/own.js: kept',
    'P2 changing.py: kept',
    'P2 settings.py: default not changed here',
    'P2 web/static/library.js: vendored file',
    'P2 web/thirdparty/part.js: vendored file',
  ]);
});

test('what may well be meant is in the list, and nobody is asked to look at it first', async () => {
  const doubtful: Record<string, [code: string, by: string]> = {
    'facts.py': [
      'class Fact:\n    def __eq__(self, other):\n        return Fact()\n\n    def __pos__(self):\n        FACTS.append(self)\n\n\nFACTS = []\n\n\ndef tell(fact, value):\n    +(fact == value)\n',
      'own operators',
    ],
    'bindings_of_c.py': [
      'import ctypes\n\nlibrary = ctypes.CDLL("libshop.so")\n\n\ndef start():\n    shop_startup()\n\n\nfor each in [{"name": "shop_startup"}]:\n    locals()[each["name"]] = getattr(library, each["name"])\n',
      'conditional definition',
    ],
    'raw_queries.py': [
      'from mcp.server import FastMCP\n\nmcp = FastMCP("shop")\n\n\ndef serve(db):\n    @mcp.tool()\n    def ask(args: dict):\n        return db.execute(args["query"])\n\n    return ask\n',
      'asked for',
    ],
    'forget.py': [
      'import os\n\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.post("/forget")\ndef forget():\n    path = request.form["document"]\n    name = path.replace("/", "_").replace("\\\\", "_") + ".json"\n    os.remove(os.path.join("cache", name))\n    return ""\n',
      'one segment',
    ],
    'SETTINGS_TEMPLATE.py': ['# Copy this into your settings.\nMEDIA_ROOT = BASE_DIR / "media"\n', 'template'],
    'account_of_machine.py': [
      'import requests\n\n\ndef account():\n    return requests.get("http://metadata.google.internal/computeMetadata/v1/instance").text\n',
      'own machine',
    ],
    'shown_page.py': [
      'import requests\nimport streamlit as st\n\ntext = st.text_input("Text")\nst.write(requests.get(f"http://localhost:8000/parse/{text}").json())\n',
      'own machine',
    ],
    'verify_mode.py': ['import ssl\n\n\ndef set_verify_mode_ignore_all(context):\n    context.verify_mode = ssl.CERT_NONE\n', 'asked for'],
    'graph_tool.py': [
      'from mcp.server import FastMCP\n\nmcp = FastMCP("shop")\n\n\ndef serve(handler):\n    # GraphQL for whoever has a tool for it.\n    @mcp.tool()\n    async def ask(query: str):\n        return await handler.execute(query)\n\n    return ask\n',
      'not SQL',
    ],
    'lakehouse.py': ['# Databricks notebook source\n\n# COMMAND ----------\n\n%pip install requests\n', 'cell of a notebook'],
    'from_constants.py': [
      'try:\n    from . import timing as T\n    from .constants import *\nexcept ImportError:\n    import timing as T\n    from .constants import *\n\n\ndef seconds(days):\n    return days * day2sec\n\n\ndef again(days):\n    if "day2sec" not in globals():\n        day2sec = 86400\n    return days\n',
      'always bound',
    ],
    'dog_mailer.py': ['# %%\n%pip install requests\n\n# %%\nimport requests\n', 'cell of a notebook'],
    'terminal.py': [
      'import os\nimport pty\nimport subprocess\n\n\nasync def shell(name):\n    pid, terminal = pty.fork()\n    if pid == 0:\n        subprocess.run([name])\n        os._exit(0)\n    return terminal\n',
      'in a child',
    ],
    'explained-default.py': [
      '# Nobody ever gives a value for pairs: it keeps what was made before.\ndef pair(a, b, pairs=[]):\n    pairs.append((a, b))\n    return len(pairs)\n',
      'explained',
    ],
    'no-places-default.py': [
      'def paths(name, parents=[]):\n    if name.endswith(".zip"):\n        parents[0] = "zip/" + parents[0]\n    return parents + [name]\n',
      'default not changed here',
    ],
    'events.py': [
      'import requests\n\n\ndef events(url):\n    return requests.get(url, stream=True, headers={"Accept": "text/event-stream"}).iter_lines()\n',
      'said in so many words',
    ],
    'unchecked.py': [
      'import ssl\n\n\ndef save(options, name, value):\n    if name == "nosslcheck":\n        options["context"] = ssl._create_unverified_context()\n    else:\n        options[name] = value\n',
      'asked for',
    ],
    'hub.py': [
      'import ssl\n\n\ndef context_for(options, file):\n    if file:\n        return ssl.create_default_context(cafile=file)\n    elif not options.get("SSL_VERIFY", True):\n        return ssl._create_unverified_context()\n    return None\n',
      'asked for',
    ],
    'build.py': [
      'def check_allowed(store, key, ask_person):\n    try:\n        return store[key]\n    except KeyError:\n        if ask_person(key):\n            return True\n        return False\n',
      'asks again',
    ],
    'ask-all.py': [
      'import asyncio\nimport subprocess\nimport sys\n\n\nasync def ask(name):\n    print(subprocess.run(["ask", name]))\n\n\nif __name__ == "__main__":\n    asyncio.run(ask(sys.argv[1]))\n',
      'started by hand',
    ],
    'chrome.py': [
      'import shutil\n\n\nclass Chrome:\n    async def close(self):\n        await self.process.wait()\n        shutil.rmtree(self.folder)\n',
      'short wait',
    ],
    'clearing.py': [
      'import shutil\n\n\ndef clear(folder):\n    shutil.rmtree(folder)\n\n\nasync def build(folder, write):\n    await write(folder)\n    clear(folder)\n',
      'short wait',
    ],
    'daemon.py': [
      'import asyncio\n\n\nasync def job(name):\n    while True:\n        print(name)\n        await asyncio.sleep(5)\n\n\nasync def watch(names):\n    tasks = [asyncio.create_task(job(name)) for name in names]\n    await asyncio.gather(*tasks)\n',
      'stopped elsewhere',
    ],
    'bump.py': [
      'import subprocess\n\nimport typer\n\nfrom own import in_loop\n\napp = typer.Typer()\n\n\n@app.command()\n@in_loop\nasync def bump(folder: str):\n    subprocess.run(["uv", "lock"], cwd=folder, check=True)\n',
      'started by hand',
    ],
    'entities.mjs': [
      "export function sign(name) {\n  switch (name) {\n    case 'lt': return \"<\";\n    case 'gt': return \">\";\n    case 'lt':return '<';\n    default: return ' ';\n  }\n}\n",
      'said twice',
    ],
    'deliver.mjs': [
      "import { connect } from './smtp.mjs';\n\nexport const deliver = (host, data) =>\n  connect({ host, port: data.port || 25, requireTLS: !data.ignoreTLS, tls: { rejectUnauthorized: false } });\n",
      'mail to others',
    ],
    'plugin.py': [
      'import bzrlib.log\n\n\nclass Log(bzrlib.log.LogFormatter):\n    def show(self, revision):\n        print >> self.to_file, revision\n',
      'Python 2',
    ],
    'remembered-default.py': [
      'def pair(a, b, pairs={}):\n    if (a, b) not in pairs:\n        pairs[a, b] = len(pairs)\n    return pairs[a, b]\n',
      'kept between calls',
    ],
    'added-default.py': [
      'def request(session, headers={}):\n    if "Accept" not in headers:\n        headers["Accept"] = "text/html"\n    headers.setdefault("Version", 2)\n    return session.get(headers=headers)\n',
      'default not changed here',
    ],
    'updated-default.py': [
      'import sys\n\nMODERN = sys.version_info > (3, 9)\n\n\ndef draw(pen, color, options={"width": 1}):\n    if not MODERN:\n        options["plain"] = True\n    options.update({"color": color})\n    return pen.draw(**options)\n',
      'default not changed here',
    ],
    'filled-default.py': [
      'def labels(pen, hidden=[]):\n    if hidden:\n        hidden.append(pen.last)\n    return pen.draw(hidden)\n',
      'default not changed here',
    ],
    'cell-default.py': [
      'def show(line, first=[True]):\n    if first[0]:\n        print("Lines:")\n        first[0] = False\n    print(line)\n',
      'kept between calls',
    ],
    'whole-default.py': [
      'def move(pen, ways={"x": 1, "y": 1}):\n    if isinstance(ways, dict):\n        if "y" not in ways:\n            ways["y"] = pen.height\n    return pen.move(**ways)\n',
      'default not changed here',
    ],
    'field.py': [
      'from ipaddress import ip_network\n\n\nclass Field:\n    python_type = ip_network\n\n    def python_type(self):\n        return ip_network\n',
      'declared before',
    ],
    'weak-slots.py': [
      'from weak import WeakAttr\n\n\nclass Node:\n    before: "Node" = WeakAttr(slot="_before")\n    __slots__ = ("_before", "after")\n\n    def __init__(self, before, after):\n        self.before = before\n        self.after = after\n',
      'descriptor',
    ],
    'printing.py': [
      'from threading import Thread\n\nfrom wire import ChannelClosedError\n\n\ndef show(channel):\n    def run():\n        try:\n            while True:\n                print(channel.read())\n        except ChannelClosedError:\n            print("closed")\n\n    Thread(target=run).start()\n',
      'stopped elsewhere',
    ],
    'app.py': [
      'from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == "__main__":\n    app.run(port=5000, debug=True)\n',
      'own machine',
    ],
    'output.py': [
      'try:\n    from subprocess import check_output\nexcept ImportError:\n\n    def check_output(command):\n        raise CalledProcessError(1, command)\n\n\nprint(check_output(["ls"]))\n',
      'older Python',
    ],
    'no-authority.py': [
      'import ssl\n\n\ndef connect(sock, key, ca=None):\n    # If there is no CA, do not force the check of the certificate.\n    if ca:\n        return ssl.wrap_socket(sock, key, cert_reqs=ssl.CERT_REQUIRED, ca_certs=ca)\n    else:\n        return ssl.wrap_socket(sock, key, cert_reqs=ssl.CERT_NONE)\n',
      'explained',
    ],
    'stack-default.py': [
      'def show(tree, depth=[]):\n    depth.append("|")\n    for part in tree.parts:\n        show(part, depth)\n    depth.pop()\n    return "".join(depth)\n',
      'taken out again',
    ],
    'path-default.py': [
      'def show(tree, path=[]):\n    path.append(tree.name)\n    print(path)\n    for part in tree.parts:\n        show(part, path)\n    del path[-1]\n',
      'taken out again',
    ],
    'tried-default.py': [
      'def best(words, made={}):\n    for word in words:\n        try:\n            found = made[word]\n        except KeyError:\n            found = made[word] = word.upper()\n        print(found)\n',
      'kept between calls',
    ],
    'patched.py': [
      'from fastcore.basics import patch\n\nfrom rows import L\n\n\n@patch\ndef count(self: L):\n    return len(self)\n\n\ndef count(rows):\n    return rows.total\n',
      'registered',
    ],
    'translated.py': [
      'from neutron import context\n\n\ndef check(of):\n    if not context.of(of):\n        print(_("No context for this resource"))\n',
      'conditional definition',
    ],
    'tasks.py': [
      'from mcp.server import FastMCP\n\nmcp = FastMCP("odf")\n\n\ndef serve(context):\n    @mcp.tool()\n    def execute_task(key: str):\n        return context.execute(key)\n\n    return execute_task\n',
      'not SQL',
    ],
    'timed.py': [
      'from urllib.request import urlopen\n\n\nclass Site:\n    def ask(self, request):\n        if self.timeout:\n            return urlopen(request, timeout=self.timeout)\n        else:\n            return urlopen(request)\n',
      'choice of the caller',
    ],
    'replay.ts': ["import * as program from 'commander';\n\nexport const parse = (trace) => {\n  program.trace = trace;\n};\n", 'compiled'],
    'port-allowed.mjs': [
      'export function isAllowedPort(ports, port) {\n  try {\n    port = parseInt(port, 10);\n  } catch (error) {\n    return true;\n  }\n  return ports.has(port);\n}\n',
      'never run',
    ],
    'edited.py': [
      'import subprocess\n\n\nasync def release(push):\n    subprocess.run(["nano", "CHANGES.md"])\n    if input("Release now? ") == "y":\n        await push()\n',
      'short wait',
    ],
    'notebooks/weights.py': ['import requests\n\n\ndef weights(url):\n    return requests.get(url).content\n', 'started by hand'],
    'setupbase.py': ['import requests\n\n\ndef update(url):\n    return requests.get(url).text\n', 'started by hand'],
    'failing.py': ['def f():\n    return fail  # ruff:ignore[undefined-name]\n', 'marked by its authors'],
    'loads.py': [
      'import pickle\nfrom io import BytesIO\n\nloads = pickle.loads\n\n\ndef loads(text):\n    return pickle.load(BytesIO(text))\n',
      'other use',
    ],
    'src/vendoring/growth.py': ['def growth(peaks=[]):\n    peaks.append(1)\n    return len(peaks)\n', 'vendored file'],
    'snippets/codes.py': [
      'import requests\n\n\ndef codes(url):\n    return requests.get(url).text\n\n\nprint(codes("https://site.example"))\n',
      'started by hand',
    ],
    'needed-default.py': [
      'def send(session, data={}):\n    day = data["day"].strip()\n    if day > "2000":\n        data.update({"new": 1})\n    return session.post(params=data)\n',
      'never left out',
    ],
    'given-default.py': [
      'def add(row, rows=[]):\n    rows.append(row)\n    return rows\n\n\ndef all_of(table):\n    rows = []\n    for row in table:\n        add(row, rows)\n    return rows\n',
      'never left out',
    ],
    'local.py': [
      'from urllib.request import Request, urlopen\n\n\ndef attach(port, body):\n    return urlopen(Request("http://127.0.0.1:%d/attach" % port, body)).read()\n',
      'own machine',
    ],
    'own-pyramid.py': ['from shapes import Pyramid\n\n\nclass Pyramid:\n    height = 1\n', 'other use'],
    'authority.py': [
      'import ssl\nfrom urllib.request import urlopen\n\n\ndef authority(base):\n    context = ssl.create_default_context()\n    context.check_hostname = False\n    context.verify_mode = ssl.CERT_NONE\n    return urlopen(base + "/ca/cluster.crt", context=context, timeout=5).read()\n',
      'looks at it itself',
    ],
    'same-again.py': ['def one(x, y=1):\n    """A sum."""\n    return x + y\n\n\ndef one(x, y = 1):\n    return x+y\n', 'said twice'],
    'loop-name.py': [
      'TEXT = "a;b"\nFOUND = {}\nfor line in [TEXT]:\n    value, kind = line.split(";")\n    FOUND[value] = 1\n\n\ndef kind(value):\n    return value.upper()\n',
      'other use',
    ],
    'populated.py': [
      'class Table:\n    def index(self):\n        return []\n\n    def find(self, rows):\n        rows.index  # makes sure that rows are there\n        return rows.found\n',
      'explained',
    ],
    'known-finally.mjs': [
      'export function f(go) {\n  try {\n    return go();\n  } finally {\n    // biome-ignore lint/correctness/noUnsafeFinally: its ok\n    return null;\n  }\n}\n',
      'marked by its authors',
    ],
    'views.py': ['try:\n    view = memoryview\nexcept NameError:\n    view = buffer\n\nprint(view)\n', 'conditional definition'],
    'magic.py': ['# Magics of the console of IPython.\n\n\ndef show(line):\n    return get_ipython().ev(line)\n', 'conditional definition'],
    'definition.py': [
      'from urllib.parse import urljoin\nfrom urllib.request import pathname2url, urlopen\n\n\ndef text_of(path):\n    return urlopen(urljoin("file:", pathname2url(path))).read()\n',
      'own machine',
    ],
    'selfcert.py': [
      'import ssl\n\nimport paho.mqtt.client as mqtt\n\n\ndef connect(params):\n    client = mqtt.Client()\n    selfcert = params["selfcert"]\n    if selfcert:\n        client.tls_set(params["cert"], cert_reqs=ssl.CERT_NONE)\n    else:\n        client.tls_set(params["cert"])\n    return client\n',
      'asked for',
    ],
    'described.mjs': ['export function describe(matchers, type) {\n  return matchers[type].toString(0);\n}\n', 'no number'],
    'same-keys.mjs': ["export const meta = {\n  from: { name: 'a' },\n  to: 1,\n  from: { name: 'a' },\n};\n", 'said twice'],
    'same-cases.mjs': [
      "export function f(x) {\n  switch (x) {\n    case 1:\n      return 'a';\n    case 2:\n      return 'b';\n    case 1:\n      return 'a';\n    default:\n      return null;\n  }\n}\n",
      'said twice',
    ],
    'chain.mjs': [
      'export function decode(data, ready) {\n  let go = true;\n  if (go = ready) {\n    if (go = data.length > 0) return data.decode();\n  }\n  return null;\n}\n',
      'kept and asked',
    ],
    'not-ready.py': [
      '# FAST = True\nFAST = False\n\n\ndef turned(x):\n    if FAST:\n        return fastlib.turn(x)\n    return x[::-1]\n',
      'switched off',
    ],
    'created.mjs': [
      "import express from 'express';\n\nconst app = express();\napp.post('/reports', (req, res) => {\n  const link = 'https://' + req.headers.host + '/status';\n  res.type('html').send('<a href=\"' + link + '\">here</a>');\n});\nexport default app;\n",
      'not in a link',
    ],
    'preview-plugin.mjs': [
      "import { execFileSync } from 'node:child_process';\nimport { createServer } from 'vite';\n\nexport async function preview(folder) {\n  const server = await createServer();\n  server.middlewares.use((req, res) => {\n    res.end(execFileSync('git', ['log'], { cwd: folder }));\n  });\n}\n",
      'server of developers',
    ],
    'served/run.py': [
      'import requests\n\n\ndef test():\n    print(requests.get("https://site.example").text)\n\n\nif __name__ == "__main__":\n    test()\n',
      'started by hand',
    ],
    'held.py': [
      'import asyncio\n\n\nasync def play(clip, ask):\n    making = asyncio.create_task(clip.answer())\n    while await ask():\n        clip.next()\n',
      'held meanwhile',
    ],
    'segment.py': [
      'from flask import Flask, send_file\n\napp = Flask(__name__)\n\n\n@app.get("/packs/<name>")\ndef pack(name):\n    return send_file("/srv/packs/" + name + ".zip")\n',
      'one segment',
    ],
    'debug/server/serve.mjs': [
      "import { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://x.example').searchParams.get('url'));\n  res.end(await answer.text());\n});\n",
      'server of developers',
    ],
    'maps-of-packager.mjs': [
      "// When running in dev mode, the application asks the packager for its maps.\nimport { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://x.example').searchParams.get('url'));\n  res.end(await answer.text());\n});\n",
      'server of developers',
    ],
    'own-port.mjs': [
      "import { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://x.example').searchParams.get('url'));\n  res.end(await answer.text());\n});\nserver.listen(0, 'localhost');\n",
      'own machine',
    ],
    'jquery-ui-1.12.1/part.js': ['exports.f = (a, b) => {\n  if (a = b) return 1;\n  return 2;\n};\n', 'vendored file'],
    'stage-of.mjs': [
      "export const prepare = (stage, Stage) => {\n  switch (stage) {\n    case Stage.DEVELOPMENT:\n    case Stage.TEST:\n      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n      break;\n    default:\n  }\n};\n",
      'asked for',
    ],
    'process/extension.py': ['    if 1:\n        print(2)\n', 'part of a file'],
    'exported-functions.js': ['export FUNCTIONS=[\n"one"]\n', 'part of a file'],
    'adapters/mock.py': [
      'import time\n\n\nclass Mock:\n    async def call(self, prompt):\n        time.sleep(0.2)\n        return prompt\n',
      'server of developers',
    ],
    'count-until.mjs': [
      'export async function count(file) {\n  let found = 0;\n  try {\n    while (true) {\n      await file.next();\n      found += 1;\n    }\n  } catch (error) {\n    found -= 1;\n  }\n  return found;\n}\n',
      'stopped elsewhere',
    ],
    'old-browsers.mjs': [
      "export function fill(image) {\n  try {\n    picturefill({ elements: [image] });\n  } catch (error) {\n    console.warn('Old browsers need picturefill.');\n  }\n}\n",
      'conditional definition',
    ],
    'fetch_tool.py': [
      'import requests\n\nfrom .registry import tool\n\n\n@tool("tools.fetch.get")\ndef get(url: str) -> str:\n    return requests.get(url, timeout=5).text\n',
      'asked for',
    ],
    'process/comment.js': ['function () {\n  return 1;\n}\n', 'part of a file'],
    'practices/config.ts': [
      '  database: {\n    host: string;\n    tunnel: {\n      port: number;\n    } | null;\n  };\n',
      'part of a file',
    ],
    'setup_of_database.py': [
      'from fastapi import APIRouter\nfrom psycopg import connect\nfrom pydantic import BaseModel\n\nrouter = APIRouter()\n\n\nclass Setup(BaseModel):\n    password: str\n    name: str\n\n\n@router.post("/setup")\ndef setup(body: Setup):\n    with connect(password=body.password) as conn:\n        cur = conn.cursor()\n        cur.execute(f"CREATE DATABASE {body.name}")\n',
      'own credentials',
    ],
    'signer/debug.py': [
      'import requests\n\n\ndef sign(url, claims):\n    return requests.post(url, json=claims, verify=False, timeout=5).text\n',
      'asked for',
    ],
    'shown-page.js': [
      "const express = require('express');\n\nconst app = express();\nconst pages = new Map();\napp.get('/preview/:name', (req, res) => {\n  const { name } = req.params;\n  const page = pages.get(name);\n  if (!page) {\n    return res.status(404).end();\n  }\n  return res.send('<h1>' + name + '</h1>');\n});\n",
      'looked up before',
    ],
    'in-phantom.js': [
      "const server = require('webserver').create();\nconst express = require('express');\n\nserver.listen(8080, console.log);\nexpress().get('/', (req, res) => require('fs').readFile('/srv/' + req.query.name, (error, data) => res.end(data)));\n",
      'own machine',
    ],
    'segment_elsewhere.py': [
      'from pathlib import Path\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\nRUNS = Path("/srv/runs")\n\n\ndef report(run):\n    return (RUNS / run / "report.txt").read_text()\n\n\n@app.get("/runs/{run}")\ndef show(run: str):\n    return report(run)\n',
      'one segment',
    ],
    'skipped.py': [
      'import ssl\n\n\ndef context(skip_ssl_certificate=False):\n    if skip_ssl_certificate:\n        return ssl._create_unverified_context()\n    return None\n',
      'asked for',
    ],
    'ci/unpack.py': [
      'import zipfile\n\n\ndef unpack(path):\n    archive = zipfile.ZipFile(path)\n    for member in archive.namelist():\n        with open(member, "wb") as file:\n            file.write(archive.read(member))\n',
      'started by hand',
    ],
    'tasks/load.py': ['import requests\n\n\ndef f(url):\n    return requests.get(url).text\n', 'started by hand'],
    'crates/update.py': [
      'import requests\n\n\ndef f(url):\n    return requests.get(url).text\n\n\nif __name__ == "__main__":\n    print(f("https://site.example"))\n',
      'started by hand',
    ],
    'resources/release.py': ['import requests\n\nfound = requests.get("https://site.example").json()\nprint(found)\n', 'started by hand'],
    'project.py': [
      'import requests\nfrom invoke import task\n\n\n@task(aliases=["load"])\ndef f(ctx, url):\n    return requests.get(url).text\n',
      'started by hand',
    ],
    'ends.py': [
      'import subprocess\n\n\nclass Pool:\n    async def wait(self):\n        self._shutdown()\n\n    def _shutdown(self):\n        subprocess.run(["stop"])\n',
      'on the way out',
    ],
    'keeps.py': [
      'from tables import Table\n\ntable = Table()\n\n\n@table\ndef load():\n    return 1\n\n\n@table\ndef load():\n    return 2\n',
      'registered',
    ],
    'rules.py': [
      "from parsing import Parser\n\nparser = Parser()\n\n\n@parser.production('one : ONE')\ndef one(p):\n    return p[0]\n\n\n@parser.production('one : TWO')\ndef one(p):\n    return p[1]\n",
      'registered',
    ],
    'filters.py': [
      'def f(filters=[]):\n    if filters and filters[0][0] == "x":\n        first, second = filters[0], filters[1][1]\n        print(first, second)\n        filters = [filters]\n    return filters\n',
      'default not changed here',
    ],
    'types.d.ts': ['export namespace Api {\n  export class Device {}\n}\n\nexport class Api {}\n\nexport class Api {}\n', 'never run'],
    'wrapped.js': ['module.exports = function (named) {\n  $OUTPUT;\n  return named;\n};\n', 'template'],
    'imported.mjs': ['import * as parts from $DEPENDENCY;\nexport default parts;\n', 'template'],
    'finally.py': ['def f(go):\n    made = None\n    try:\n        made = go()\n    finally:\n        return made\n', 'one way out'],
    'remembered.py': ['def f(x, history=set()):\n    history.add(x)\n', 'kept between calls'],
    'stub.pyi': ['def f() -> Missing: ...\n', 'never run'],
    'made.py': [
      'import sys\n\nfor name in sys.argv:\n    setattr(sys.modules[__name__], name, 1)\n\n\ndef f():\n    return made\n',
      'conditional definition',
    ],
    'page.js': ['register({ greeting: "hello" });\n', 'conditional definition'],
    'first.mjs': ['export const one = () => application.log(1);\n', 'global of the program'],
    'second.mjs': ['export const two = () => application.log(2);\n', 'global of the program'],
    'third.mjs': ['export const three = () => application.log(3);\n', 'global of the program'],
    'by-hand.py': [
      'import requests\n\nif __name__ == "__main__":\n    print(requests.get("https://example.org").text)\n',
      'started by hand',
    ],
    'explained.py': [
      'def check_permission(user, store):\n    try:\n        found = store.read(user)\n    except OSError:\n        return True  # The list shows the error itself.\n    return found.allowed\n',
      'explained',
    ],
    'retried.mjs': [
      'export function f(go, tries) {\n  try {\n    return go();\n  } finally {\n    if (tries > 0) return f(go, tries - 1);\n  }\n}\n',
      'under a condition',
    ],
    'address.py': ['import socket\n\n\nasync def f(host):\n    return socket.getaddrinfo(host, 0)\n', 'short wait'],
    'text.py': [
      'from typing import Any\n\n\ndef f(types: Any, x: object) -> bool:\n    kind: "types.Missing | missing.Kind" = x\n    return bool(kind)\n',
      'never run',
    ],
    'built.mjs': ['export const define = (name) => __PREFIX__ + name;\n', 'filled in'],
    'twice.py': ['from a import one\nfrom b import one\n\nprint(one)\n', 'imported twice'],
    'other-use.py': [
      'from package import (\n    path,\n    progress,\n)\n\n\ndef f(url):\n    path = url.path[2:]\n    return progress.of(path)\n',
      'other use',
    ],
    'asked.mjs': [
      'export function f(page) {\n  if (page.has = "onLine" in navigator && page.open) return 1;\n  return 2;\n}\n',
      'kept and asked',
    ],
    'packed.mjs': [`export const f=(a,b)=>{if(a=b)return 1;return 2};${'f(1,2);'.repeat(400)}\n`, 'compiled file'],
    'listing.py': [
      'import os\n\nfrom flask import Flask, jsonify, request\n\napp = Flask(__name__)\n\n\n@app.get("/browse")\ndef browse():\n    return jsonify(os.listdir(request.args["path"]))\n',
      'lists names',
    ],
    'trusting.py': [
      'import requests\n\n\ndef fetch_without_verification(url):\n    return requests.get(url, verify=False, timeout=5)\n',
      'asked for',
    ],
    'emulator/functions.js': [
      "const express = require('express');\nconst path = require('node:path');\nconst app = express();\napp.get('/file', (req, res) => res.sendFile(path.resolve('data', req.query.name)));\nmodule.exports = app;\n",
      'server of developers',
    ],
    'marked.mjs': [
      "export function run(text) {\n  // eslint-disable-next-line no-eval\n  return eval('(' + text + ')');\n}\n",
      'marked by its authors',
    ],
    'implicit.js': ["const all = require('./all');\nmodule.exports = function first() {\n  found = all[0];\n};\n", 'becomes a global'],
    'left.mjs': ['export function f(a) {\n  a = a;\n  return a;\n}\n', 'left by a compiler'],
    'packed-by-tool.cjs': [
      'var __defProp = Object.defineProperty;\nfunction f() {\n  return 1;\n}\n0 && (module.exports = {\n  f\n});\n',
      'compiled file',
    ],
    'pattern.mjs': ["import { make } from 'made';\n\n/* @@CONFIG@@ */\n\nexport const all = make({ config });\n", 'template'],
    'messages.py': ['import logging\n\nlog = logging.getLogger("own")\n\n\ndef f(n):\n    log.info("{} files", n)\n', 'other logger'],
    'typed.jsx': ['type Props = { count: number };\n\nexport const count = (props: Props) => props.count;\n', 'script with types'],
    'luck.mjs': [
      "export function source(luck) {\n  if (luck(5)) return 'api';\n  else if (luck(5)) return 'import';\n  return 'member';\n}\n",
      'asked again',
    ],
    'there.mjs': ['export const image = (tweet) => tweet.files && tweet.files && tweet.files.media;\n', 'asked again'],
    'decorated.py': [
      'def task(function):\n    return function\n\n\n@task\nasync def ingest() -> int:\n    return 1\n\n\ningest()\n',
      'decorated',
    ],
    'passed-over.py': [
      'import contextlib\n\n\ndef find(known: dict[type, str], var: object) -> str:\n    with contextlib.suppress(KeyError):\n        return known[kind := type(var)]\n    return str(kind)\n',
      'always bound',
    ],
    'symbols.py': [
      'from package import Settings\n\nsettings = Settings(table=globals())\nsettings.fill()\n\n\ndef f():\n    return MEDIA\n',
      'conditional definition',
    ],
    'caller.py': [
      'import yaml\n\n\ndef load(stream, **given):\n    options = {"Loader": yaml.SafeLoader, "stream": stream}\n    options.update(given)\n    return yaml.load(**options)\n',
      'choice of the caller',
    ],
    'trusted.mjs': [
      "export const revalidate = (settings) => async (req, res) => {\n  if (settings.trustHostHeader) await fetch('https://' + req.headers.host, { signal: AbortSignal.timeout(1000) });\n  res.end();\n};\n",
      'asked for',
    ],
    'registered.py': [
      'from app import pages, sheets\n\n\n@pages.api\ndef window(page):\n    return page.rows\n\n\n@sheets.api\ndef window(sheet):\n    return sheet.rows\n',
      'registered',
    ],
    'handed-in.py': [
      'from database import with_store\n\n\nclass Bans:\n    @with_store\n    def __len__(self, store):\n        return store.count()\n',
      'decorated',
    ],
    'handler_of_others.py': [
      'def has_permission(user, plugins, name):\n    try:\n        return user.may(plugins[name])\n    except KeyError:\n        # 插件不存在时不应阻止用户\n        return True\n',
      'explained',
    ],
    'handler.py': [
      'def has_permission(user, plugins, name):\n    try:\n        return user.may(plugins[name])\n    except KeyError:\n        # Plugins that are gone must not block anybody.\n        return True\n',
      'explained',
    ],
    'patient.py': ['import httpx\n\n\ndef f(url):\n    return httpx.get(url, timeout=None)\n', 'said in so many words'],
    'named-safe.py': [
      'import yaml\n\nfrom loaders import NoDatesSafeLoader\n\n\ndef f(text):\n    return yaml.load(text, Loader=NoDatesSafeLoader)\n',
      'loader of its own',
    ],
    'known.py': [
      'def f(go):\n    try:\n        return go()\n    finally:\n        return 1  # pylint: disable=lost-exception\n',
      'marked by its authors',
    ],
    'deps/types@15.8.1.js': ['exports.f = (a, b) => {\n  if (a = b) return 1;\n  return 2;\n};\n', 'vendored file'],
    'given-inside.py': [
      'def f(start) -> int:\n    error = None\n\n    def run():\n        nonlocal result\n        result = 1\n\n    result: int\n    start(run)\n    if error is not None:\n        raise error\n    return result\n',
      'always bound',
    ],
    'elements/dark.js': ['export default {\n  update() {\n    setDark(this.value);\n  },\n};\n', 'global of the program'],
    'tools/gather.py': [
      'import requests\n\n\ndef tags(url):\n    return requests.get(url).json()\n\n\nif __name__ == "__main__":\n    print(tags("https://example.org"))\n',
      'started by hand',
    ],
    'fallback.mjs': ["export const id = (details) => details.id || details['id'];\n", 'asked again'],
    'stepped.mjs': [
      'export function f(params, all) {\n  let name;\n  for (const each of params) if ((name = each.name && each.first), all[name]) return 1;\n  if (name = params[0].name) return all[name];\n  return 2;\n}\n',
      'kept and asked',
    ],
    'reported.mjs': [
      'export function report(target, event) {\n  try {\n    target.dispatch(event);\n  } finally {\n    return event.handled;\n  }\n}\n',
      'one way out',
    ],
    'optional.mjs': [
      'export const credentials = (tokens) => async (req, res, next) => {\n  try {\n    req.keys = await tokens.verifyToken(req.query.token);\n  } catch {\n    next();\n    return;\n  }\n  next();\n};\n',
      'finds out only',
    ],
    'sent.mjs': [
      "import express from 'express';\n\nconst app = express();\napp.get('/static/:name', (req, res) => res.sendFile(import.meta.dirname + '/static/' + req.params.name));\nexport default app;\n",
      'checked by the sender',
    ],
    'fragment.mjs': ['export const run = (x) => first(second(x), third(x), fourth);\n', 'part of a program'],
    'revived.mjs': ["export const revive = (message) => eval('(' + message.insert + ')');\n", 'not JSON'],
    'property.mjs': [
      'export class Handler {\n  locate(locator) {\n    if (this.locator = locator) locator.line = 0;\n  }\n}\n',
      'kept and asked',
    ],
    'declared.py': [
      'class Segment:\n    #: Where it begins.\n    address = 0\n\n    @property\n    def address(self):\n        return self.first.address\n',
      'declared before',
    ],
    'filled.js': ['exports.defaults = function () {\n  %%DEFAULTS%%\n};\n', 'template'],
    'support.js': ['/// <reference types="runner" />\nexports.folder = Runner.config("folder");\n', 'conditional definition'],
    'challenge.mjs': [
      'import { Agent } from "node:https";\n\n// May redirect to a site with an invalid certificate.\nexport const agent = new Agent({ rejectUnauthorized: false });\n',
      'explained',
    ],
    'signed.py': [
      'import requests\nfrom flask import Flask, request\nfrom keys import new_hmac\n\napp = Flask(__name__)\n\n\n@app.get("/image")\ndef image():\n    url = request.args["url"]\n    signature = new_hmac(url)\n    if signature != request.args["h"]:\n        return "", 400\n    return requests.get(url, timeout=5).content\n',
      'signed',
    ],
    'refusing.py': [
      'def require_auth(session):\n    try:\n        return session.check_auth()\n    except OSError:\n        session.disconnect()\n        return True\n',
      'refuses otherwise',
    ],
    'slots.py': [
      'class Base(object):\n    __slots__ = ("uri",)\n\n    def __init__(self, uri):\n        self.uri = uri\n        self.extra = {}\n\n\nclass Exact(Base):\n    match = "exact"\n',
      'room below',
    ],
    'hints.py': ['def f(split, hints={}):\n    return split(hints["request"].remote.host)\n', 'default not changed here'],
    'later.py': ['from __future__ import annotations\n\n\ndef f(x: int) -> Callable[[int], int]:\n    return x.__add__\n', 'never run'],
    'stepped.py': [
      'def f(parts):\n    found = {}\n    try:\n        for entry in parts[1:]:\n            found[entry["Name"]] = entry\n    except KeyError:\n        raise ValueError(f"no name: {entry}")\n    return found\n',
      'always bound',
    ],
    'agents.mjs': [
      'import { Agent } from "node:https";\n\nexport const agents = {\n  https: new Agent(),\n  httpsAllowUnauthorized: new Agent({ rejectUnauthorized: false }),\n};\n',
      'asked for',
    ],
    'pinned.mjs': [
      "import https from 'node:https';\n\nexport function fingerprint(host, done) {\n  const socket = https.get({ host, rejectUnauthorized: false }, () => done(socket.socket.getPeerCertificate().fingerprint));\n}\n",
      'looks at it itself',
    ],
    'older.py': [
      'import ssl\nfrom http.client import HTTPSConnection\n\n\nclass InsecureConnection(HTTPSConnection):\n    def __init__(self, host):\n        super().__init__(host, timeout=5, context=ssl._create_unverified_context())\n',
      'asked for',
    ],
    'bypassed.py': [
      'import ssl\nfrom urllib.request import urlopen\n\n\ndef f(url, args):\n    if args.bypass_ssl_check:\n        return urlopen(url, timeout=5, context=ssl._create_unverified_context())\n    return urlopen(url, timeout=5)\n',
      'asked for',
    ],
    'walked.py': [
      'def parts(source):\n    def walk(node, visited=[]):\n        for each in node.rels:\n            if each not in visited:\n                visited.append(each)\n                yield from walk(each, visited)\n\n    yield from walk(source)\n',
      'made with each run',
    ],
    'given.py': [
      'import yaml\n\n\nclass Protocol:\n    def __init__(self, loader, **kwargs):\n        self.options = dict(kwargs)\n        self.options["Loader"] = loader\n\n    def read(self, text):\n        return yaml.load(text, **self.options)\n',
      'choice of the caller',
    ],
    'driver.py': [
      'class Driver:\n    def read(self, event):\n        try:\n            self.app.post(event)\n        except ValueError as error:\n            self.app.log.error("failed", error)\n',
      'other logger',
    ],
    'yielding.py': ['import time\n\n\nasync def spin(until):\n    while time.monotonic() < until:\n        time.sleep(0)\n', 'short wait'],
    'shim.js': [
      "const page = require('./page');\n\nexports.on = page.addEventListener || function (name, listener) {\n  return attachEvent('on' + name, listener);\n};\n",
      'conditional definition',
    ],
    'scanner.py': [
      'async def is_csrf_secured(self, request):\n    try:\n        answer = await self.send(request)\n    except OSError:\n        # Nothing can be compared, so act as if it was.\n        self.errors += 1\n        return True\n    return answer.refused\n',
      'explained',
    ],
    'staging.mjs': [
      'export const options = (host) => ({\n  host,\n  rejectUnauthorized: false, // Staging signs its own certificates.\n});\n',
      'explained',
    ],
    'asked.py': [
      'async def choose(self):\n    while not self.done:\n        choice = input("Number: ")\n        self.done = choice.isdigit()\n    return choice\n',
      'short wait',
    ],
    'wrapper-template.js': ['exports.run = function () {\n  return require("x")(csPath);\n};\n', 'template'],
    'handed.js': ["var x = require('./x');\n(function ($) {\n  $.x = x;\n})(ender);\n", 'conditional definition'],
    'windows.py': ['import socket\n\nerrors = WindowsError\n', 'conditional definition'],
    'viewer_script.js': ['  <script>\n    (() => {\n      const shown = window.pages ?? [];\n    })();\n  </script>\n', 'piece of a page'],
    'bundled.js': [
      '(function e(t,n,r){function s(o,u){return n[o].exports}return s})({1:[function(require,module,exports){\nmodule.exports = () => getEventListeners(document);\n\n},{}]},{},[1])\n',
      'compiled file',
    ],
    'plainHttpProxy.mjs': [
      "import http from 'node:http';\n\nexport const server = http.createServer((req, res) => {\n  const url = new URL(req.url);\n  const asked = http.request(req.url, { timeout: 1000, headers: { host: url.host } }, (answer) => answer.pipe(res));\n  req.pipe(asked);\n});\n",
      'proxy',
    ],
    'plain_client.py': [
      'import requests\n\n\nclass Client:\n    def __init__(self, host):\n        self.url = "http://%s/" % host\n        self.session = requests.session()\n        self.session.verify = False\n',
      'no TLS here',
    ],
    'accounts.mjs': [
      'export async function accounts(Client) {\n  const client = new Client(window.ethereum);\n  return client.sign(await ethereum.request({ method: "accounts" }));\n}\n',
      'conditional definition',
    ],
    'polled.mjs': [
      'export async function poll(ask, delay) {\n  do {\n    await ask();\n    await new Promise((done) => setTimeout(done, delay));\n    /* eslint-disable-next-line no-constant-condition */\n  } while (true);\n}\n',
      'marked by its authors',
    ],
    'emitted.mjs': [
      'export function emit(storage, event) {\n  try {\n    return storage.emit(event);\n  } catch (error) {\n    console.error(error);\n  } finally {\n    // A listener that fails says nothing of whether it was cancelled.\n    return event.cancelable;\n  }\n}\n',
      'explained',
    ],
    'plain_address.py': [
      'import requests\n\nHOME = "https://shop.company.io"\n\n\ndef address():\n    url = "http://address.company.io/mine"\n    return requests.get(url, timeout=5, verify=False).text\n',
      'no TLS here',
    ],
    'shop/cli/main.py': [
      'import asyncio\nimport subprocess\n\nimport click\n\n\nasync def check(folder):\n    done = subprocess.run(["git", "status"], cwd=folder, timeout=9)\n    click.secho(str(done.returncode))\n\n\nasync def serve(app):\n    await app.serve()\n',
      'command of a person',
    ],
    'app/cmd/commits.py': [
      'import subprocess\n\nfrom rich.console import Console\n\nconsole = Console()\n\n\nasync def commit(argument, context):\n    done = subprocess.run(["git", "diff"], capture_output=True)\n    console.print(done.stdout)\n    await context.finish(argument)\n',
      'command of a person',
    ],
    'code_tool.py': [
      'from agents import function_tool\n\nfrom .sql import Python\n\nexecutor = Python()\n\n\n@function_tool\ndef execute_python(code: str) -> str:\n    return executor.execute(code)\n',
      'not SQL',
    ],
    'kept_upload.py': [
      'import uuid\nfrom pathlib import Path\n\nfrom fastapi import FastAPI, UploadFile\n\napp = FastAPI()\n\n\n@app.post("/upload")\ndef upload(file: UploadFile):\n    number = uuid.uuid4().hex\n    target = Path("/srv") / f"{number}_{file.filename}"\n    target.write_bytes(file.file.read())\n    return number\n',
      'behind a prefix',
    ],
    'site_pages.py': [
      'def serve():\n    global site_pages\n\n    def page(name):\n        return site_pages[name]\n\n    return page\n\n\ndef names():\n    global site_pages\n    return list(site_pages)\n',
      'always bound',
    ],
    'frames.py': [
      'def show(make):\n    global frame\n    try:\n        frame.destroy()\n    except:\n        pass\n    frame = make()\n',
      'always bound',
    ],
    'forgotten.py': [
      'import asyncio\n\n\nclass Client:\n    async def close(self):\n        await self.pool.close()\n\n    def __del__(self):\n        try:\n            asyncio.get_running_loop().create_task(self.close())\n        except Exception:\n            return\n',
      'last resort',
    ],
    'group_export.py': [
      'from pathlib import Path\n\nfrom mcp.server.fastmcp import FastMCP\n\nfrom .groups import as_json\n\nmcp = FastMCP("groups")\n\n\n@mcp.tool()\ndef export_group(group: str, output_path: str) -> str:\n    Path(output_path).write_text(as_json(group))\n    return output_path\n',
      'asked for',
    ],
    'own_brokers.mjs': [
      "export const local = (user) => ({\n  brokers: ['127.0.0.1:19093'],\n  ssl: { rejectUnauthorized: false },\n  user,\n});\n",
      'own machine',
    ],
    'allowed.mjs': ["export function allowUntrustedCertificates() {\n  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n}\n", 'asked for'],
    'not-a-number.mjs': ['export const none = (value) => value === null || isNaN(value) || value === Number.NaN;\n', 'asked besides'],
    'defaults.mjs': ['export class Defaults {\n  parsers = {};\n  kinds = [];\n  parsers = {};\n}\n', 'said twice'],
    'field-of-flow.js': [
      'export default class Update {\n  name: string;\n  details: Modifier => Promise<any>;\n\n  constructor(name) {\n    this.name = name;\n  }\n}\n',
      'script with types',
    ],
    'filled-globals.js': [
      "const cli = require('shop-cli');\ncli.global();\n\nmodule.exports = (usage) => die(usage);\n",
      'conditional definition',
    ],
    'reloading.js': [
      "const express = require('express');\nconst path = require('path');\n\nexports.serve = (folder) => {\n  const app = express();\n  app.get('/page', (req, res) => res.sendFile(path.join(folder, req.query.name)));\n  app.get('/script', (req, res) => res.send('/live-reload.js'));\n};\n",
      'server of developers',
    ],
    'counted.mjs': ['export const f = (i, rows) => i < rows.length > 0;\n', 'meant so'],
    'everything.mjs': ['export const f = (value) => !value || !!value;\n', 'said in so many words'],
    'listed.mjs': ['const [a, b] = [1, 2];\nexport default { a, b, a };\n', 'said twice'],
    'told.ts': [
      "import * as shop from './shop.js';\n\n// @ts-expect-error: it is only declared there\nshop.open = 1;\n",
      'marked by its authors',
    ],
    'chained.mjs': ['export const f = (mark, forward) => mark.charAt(1) == ">" == forward;\n', 'meant so'],
    'switched-off.mjs': ['export function f(options) {\n  if (0 && options.rename) options.rename();\n}\n', 'said in so many words'],
    'problem.mjs': [
      'export class Problem extends Error {\n  constructor(message) {\n    const error = new Error(message);\n    error.known = true;\n    return error;\n  }\n}\n',
      'gives another',
    ],
    'upward.mjs': [
      'export function count(has) {\n  for (let x = 0; x >= 0; x++) {\n    if (!has(x)) return x;\n  }\n  return 0;\n}\n',
      'left from inside',
    ],
    'raw.mjs': [
      "import { createServer } from 'node:http';\n\nexport const server = createServer((req, res) => {\n  res.writeHead(404, { 'content-type': 'text/html' });\n  res.end('<p>Not found: ' + req.url + '</p>');\n});\n",
      'encoded by the sender',
    ],
    'pages.js': [
      "const express = require('express');\nconst request = require('request');\nfunction execute(port, host) {\n  const app = express();\n  function requestFile(url, res, done) {\n    request.get(url, (error, response, body) => {\n      if (!error) res.send(body);\n    });\n  }\n  app.get('*', (req, res, next) => {\n    const requestUrl = 'http://' + host + ':' + port + req.path;\n    requestFile(requestUrl, res, () => {\n      requestFile(requestUrl.replace(/\\/$/, '.html'), res, next);\n    });\n  });\n}\nmodule.exports = execute;\n",
      'same site',
    ],
    'healthcheck.mjs': [
      "import https from 'node:https';\n\nexport const healthy = (port, done) => https.get({ port, rejectUnauthorized: false }, done);\n",
      'server of developers',
    ],
    'closed.py': [
      'class Client:\n    def __exit__(self, *args):\n        self.close()\n\n    @runner\n    async def close(self):\n        await self.session.close()\n',
      'decorated',
    ],
    'loaded-by-page.js': [
      "require([base_url + '/mustache.js'], function (mustache) {\n  mustache.render();\n});\n",
      'conditional definition',
    ],
    'guarded.mjs': [
      "import fs from 'node:fs';\nimport { createServer } from 'node:http';\nimport { join } from 'node:path';\n\nexport const server = createServer((req, res) => {\n  const { pathname } = new URL(req.url, 'http://a');\n  if (/\\.css$/.test(pathname)) {\n    fs.createReadStream(join('styles', req.url)).pipe(res);\n  }\n});\n",
      'one kind of file',
    ],
    'parsed.mjs': [
      "export function parse(text) {\n  if (/^[\\],:{}\\s]*$/.test(text.replace(/\"[^\"]*\"/g, ']'))) return eval('(' + text + ')');\n  return null;\n}\n",
      'checked before',
    ],
    'correlated.py': [
      'import copy\n\n\ndef f(all):\n    for one in [None]:\n        if one is None:\n            all.append(1)\n        else:\n            kept = copy.deepcopy(one)\n        if all:\n            yield kept\n',
      'always bound',
    ],
    'filled-in.js': ["exports.secret = '@SECRET@';\nexports.id = @PARTNER_ID@;\n", 'template'],
    'tracker.py': ['DSN = "https://reader:s3cret@tracker.company.io/1"\n', 'for trying out'],
    'indexed.py': [
      'class A:\n    def __index__(self):\n        if self.known:\n            return 1\n        return False\n',
      'counts as a number',
    ],
    'started.py': [
      'import asyncio\n\n\nclass Updates:\n    async def run_forever(self):\n        await asyncio.sleep(1)\n\n\nclass Bot:\n    async def start(self):\n        updates = Updates()\n        self.task = asyncio.create_task(updates.run_forever())\n',
      'handed to the loop',
    ],
    'cards.py': [
      'from tornado.web import RequestHandler\n\n\nclass Cards(RequestHandler):\n    def store(self):\n        self.save(self.get_argument("name"))\n\n    def save(self, slug):\n        self.cards[slug] = self.get_argument("pins")\n',
      'own method',
    ],
    'python2/old.py': ['def f(text):\n    return unicode(text)\n', 'Python 2'],
    'decoded.py': ['def _decode27(text):\n    return unicode(text)\n', 'Python 2'],
    'generated.js': [
      '// Generated by CoffeeScript 2.0.0\nexports.f = function (l) {\n  return l.slice(0, +1 + 1 || 9e9);\n};\n',
      'compiled file',
    ],
    'adapter.ts': ["export default class Adapter {\n  'constructor': typeof Adapter;\n}\n", 'only declared'],
    'as_utf8.py': [
      'def as_utf8(s):\n    try:\n        return str(s)\n    except UnicodeEncodeError:\n        return unicode(s).encode("utf8")\n',
      'Python 2',
    ],
    'strict.mjs': [
      "import { Agent } from 'node:https';\n\nexport const agent = (options) => (options.strictSSL ? undefined : new Agent({ rejectUnauthorized: false }));\n",
      'asked for',
    ],
    'wrap_footer.js': ['}).call(scope);\nmodule.exports = scope.Module;\n', 'template'],
    'rfc.mjs': [
      "export const parse = (text) => !/[^,:{}\\[\\]0-9.\\-+Eaeflnr-u \\n\\r\\t]/.test(text) && eval('(' + text + ')');\n",
      'checked before',
    ],
    'relogin.mjs': [
      "export class Client {\n  async checkLogin() {\n    try {\n      await this.get('/self');\n      return true;\n    } catch {\n      await this.login();\n      return true;\n    }\n  }\n}\n",
      'asks again',
    ],
    'removed.js': ["require('shelljs/global');\nexports.clean = (file) => rm('-f', file);\n", 'conditional definition'],
    'built.js': ['exports.load = (path) => ES6_IMPORT(path);\n', 'filled in'],
    'proposed.js': ["export Groups from './Groups';\n", 'syntax to come'],
    'counted.js': [
      "const all = require('./all');\n\nmodule.exports = function (argv) {\n  for (key in argv) all.push(key);\n};\n",
      'becomes a global',
    ],
    'placeholder.js': ['/*\n$license\n*/\nexports.run = function () {\n  return $entry();\n};\n', 'template'],
    'loaded.js': ['exports.env = BundlerBox.env;\n', 'global of the program'],
    'launched.py': [
      'def create(post, launcher, options={}):\n    options["class"] = launcher\n    return post(options)\n',
      'default not changed here',
    ],
    'taken.py': [
      'class A:\n    def sgr(self, params):\n        return params.pop(0)\n\n    def csi(self, params=[]):\n        if params:\n            self.sgr(params)\n        self.keep(params)\n',
      'default not changed here',
    ],
    'forever.py': [
      'import asyncio\n\n\nclass Worker:\n    def run(self):\n        self.loop = asyncio.new_event_loop()\n        self.loop.create_task(self.work())\n        self.loop.run_forever()\n',
      'started with the loop',
    ],
    'forward.mjs': [
      "import http from 'node:http';\n\nexport const server = http.createServer((req, res) => {\n  http.request(req.url, (answer) => answer.pipe(res)).end();\n});\n",
      'proxy',
    ],
    'verified.mjs': [
      "import express from 'express';\n\nconst app = express();\napp.get('/hook', (req, res) => res.status(200).send(req.query['hub.challenge']));\nexport default app;\n",
      'asked to',
    ],
    'told.py': ['def shell():\n    return get_shell()  # type: ignore[name-defined]\n', 'marked by its authors'],
    'statement.py': [
      'def put(a, statement):\n    from java.sql import Types\n\n    if isinstance(a, long):\n        statement.put(a, Types.BIGINT)\n',
      'Python 2',
    ],
    '{{project.name}}/setup.py': ['from setuptools import setup\n\nsetup(\n{% if a %}\n    name="a",\n{% endif %}\n)\n', 'template'],
    'ez_setup.py': ['def main(argv, version):\n    print "Setuptools version", version, "has been installed."\n', 'vendored file'],
    'encoded.py': [
      'def _py2_fsencode(parts):\n    return [part.encode("ascii") if isinstance(part, unicode) else part for part in parts]\n',
      'Python 2',
    ],
    'probe.mjs': [
      'export function errors() {\n  try {\n    azeaze + 3;\n  } catch (error) {\n    return error.message;\n  }\n  return null;\n}\n',
      'made to fail',
    ],
    'bind.mjs': [
      'export function Bind(ref, other) {\n  /* jshint ignore: start */\n  if (ref = other) return ref;\n  /* jshint ignore: end */\n  return null;\n}\n',
      'marked by its authors',
    ],
    'present.py': ['class Guard:\n    def __exit__(self):\n        assert False, "never called"\n', 'never called'],
    'socket-asked.mjs': [
      "import tls from 'node:tls';\n\nexport function open(host, done) {\n  const socket = tls.connect({ host, rejectUnauthorized: false }, () => done(socket.authorizationError));\n}\n",
      'looks at it itself',
    ],
    'binding/setup.py': ['from urllib.request import urlopen\n\n\ndef run(url):\n    return urlopen(url).read()\n', 'started by hand'],
    'encoded-file.py': [
      'import sys\n\nif sys.version_info < (3,0):\n    BYTES = str\n\n\ndef write(obj):\n    return isinstance(obj, unicode)\n',
      'Python 2',
    ],
    'rebound.py': [
      "import pdb\n\nrun = 1\ndel run\nfor each in ['run', 'main']:\n    globals()[each] = getattr(pdb, each)\nrun()\n",
      'always bound',
    ],
    'version.py': [
      'def version(run, ver=[]):\n    try:\n        return ver[0]\n    except IndexError:\n        ver.append(run())\n        return ver[0]\n',
      'kept between calls',
    ],
    'remote.py': [
      'import ssl\n\n# A context which allows self-signed certificates.\nCONTEXT = ssl.create_default_context()\nCONTEXT.check_hostname = False\nCONTEXT.verify_mode = ssl.CERT_NONE\n',
      'explained',
    ],
    'rhino.js': [
      "var fs;\nif (typeof console === 'undefined' && typeof process === 'undefined') {\n  fs = { readFileSync: readFile };\n} else {\n  fs = require('fs');\n}\nmodule.exports = fs;\n",
      'conditional definition',
    ],
    'plugins/codeceptjs/index.js': ['module.exports = (config) => codeceptjs.container.helpers(config);\n', 'global of the program'],
    'made-override.py': ['def register(handler):\n    return madelib.register(handler)\n', 'part of a program'],
    'make.py': ["def make(run, done=[]):\n    if not done:\n        done.append(run('make'))\n", 'kept between calls'],
    'command.py': [
      "import argparse\nimport asyncio\nimport subprocess\n\n\nasync def main():\n    argparse.ArgumentParser().parse_args()\n    return subprocess.check_output(['ls'])\n\n\nasyncio.run(main())\n",
      'started by hand',
    ],
    'nan.mjs': ['export const same = (list, at) => list[at] !== list[at];\n', 'asks for a number'],
    'mode.mjs': [
      "export function warn(text) {\n  if ('development' !== 'production' && typeof console !== 'undefined') console.warn(text);\n}\n",
      'said in so many words',
    ],
    'no-port.mjs': ["export const address = (port) => (port ? ':' + port : null || '');\n", 'said in so many words'],
    'archives.py': [
      "import os\nimport shutil\nimport zipfile\n\n\nclass ZipFile:\n    def unpack(self, path, target):\n        with zipfile.ZipFile(path) as archive:\n            top = archive.namelist()[0]\n        shutil.move('a', os.path.join(target, top))\n",
      'the library itself',
    ],
    'bin/update.py': [
      "import requests\n\n\ndef versions(url):\n    return requests.get(url).json()\n\n\nif __name__ == '__main__':\n    print(versions('https://a.b'))\n",
      'started by hand',
    ],
    'prototype/list.py': ['def show(items):\n    print items\n', 'never run'],
    'netspace.py': [
      "import getopt\nimport sys\n\n\ndef main():\n    try:\n        opts, args = getopt.getopt(sys.argv[1:], 'v')\n        path, = args\n    except ValueError:\n        print(len(args))\n        return None\n    return opts, path\n",
      'always bound',
    ],
    'bootstrap.py': ['# Installs zc.buildout.\nez, code = {}, ""\nexec code in ez\n', 'vendored file'],
    'shell_tool.py': [
      'import subprocess\n\nfrom .registry import register_tool, root\n\n\n@register_tool(name="run")\ndef run(command: str) -> str:\n    return subprocess.run(command, shell=True, capture_output=True, timeout=9).stdout\n',
      'asked for',
    ],
    'read_tool.py': [
      'from pathlib import Path\n\nfrom .registry import register_tool, root\n\n\ndef _read(paths):\n    return [Path(each).read_text() for each in paths]\n\n\n@register_tool(name="read")\ndef read(paths: list[str]) -> str:\n    return str(_read(paths))\n',
      'asked for',
    ],
    'brace_log.py': [
      'import logging\n\nfrom .styles import BraceStyleAdapter\n\nlog = BraceStyleAdapter(logging.getLogger(__name__))\n\n\ndef told(error):\n    log.error("closed with {}", error)\n',
      'other logger',
    ],
    'arrays.pyi': ['class Array:\n    def __deepcopy__(self) -> "Array": ...\n', 'never run'],
    'looked_up.py': [
      'import os\n\nfrom flask import Flask, abort\n\nfrom .shop import store\n\napp = Flask(__name__)\n\n\n@app.post("/maps/<identifier>")\ndef files(identifier):\n    found = store.get_map(identifier, 1)\n    if found is None:\n        abort(404)\n    os.makedirs(os.path.join("maps", identifier))\n    return ""\n',
      'looked up before',
    ],
    'tiny_nap.py': ['import time\n\n\nasync def told(log):\n    await log.write("done")\n    time.sleep(1e-6)\n', 'short wait'],
    'web_tools.py': [
      'import aiohttp\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP("pages")\n\n\n@mcp.tool()\nasync def web_fetch(url: str) -> str:\n    async with aiohttp.ClientSession() as session, session.get(url) as response:\n        return await response.text()\n',
      'asked for',
    ],
    'picks_one.py': ["def ids(row):\n    return {'id': value for key, value in row.items() if 'guid' in key}\n", 'picks one'],
    'shown_in_notebook.py': [
      'from ipywidgets import VBox\n\n\nclass Chooser:\n    def __repr__(self):\n        display(VBox([]))\n        return ""\n',
      'conditional definition',
    ],
    'dialog.py': [
      'def ask(make, secret=None):\n    class Dialog(make()):\n        def body(self):\n            if secret:\n                self.fill(secret)\n\n    Dialog().show()\n    del secret\n',
      'deleted later',
    ],
    'waits.py': ['import tools.async\n\n\ndef both(first):\n    return tools.async.Future(first)\n', 'Python 2'],
    'site-patch.py': ['def boot(paths):\n    return [makepath(each) for each in paths]\n\n\nboot([])\n', 'vendored file'],
    'own_log.py': ['from . import log\n\n\ndef told(error):\n    log.error("closed", error)\n', 'other logger'],
    'guard_out.py': [
      'import time\n\n\ndef _shutdown_server():\n    time.sleep(1)\n\n\nasync def refuse(connection):\n    await connection.send("no")\n    _shutdown_server()\n',
      'on the way out',
    ],
    'partly-strict.js': [
      "function count() {\n  'use strict';\n  return 1;\n}\nfunction merge(to) {\n  for (x in to) to[x] = count();\n  return to;\n}\nmodule.exports = merge;\n",
      'becomes a global',
    ],
    'called-back.mjs': ["export const header = (page, contents) => page.callback(eval('(' + contents + ')'));\n", 'not JSON'],
    'minify.mjs': ["export const options = (optionsString) => eval('(' + optionsString + ')');\n", 'not JSON'],
    'engine.mjs': ["export const slow = (list) => typeof /./ != 'function' && typeof list != 'function';\n", 'asks the engine'],
    'switched.mjs': ['export const f = (a) => {\n  while (true && a.next()) a.step();\n};\n', 'said in so many words'],
  };
  const meant: Record<string, string> = {
    'nothing.mjs': 'export const f = (value) => !value && !!value;\n',
    'count_tool.py':
      'import subprocess\n\nfrom .registry import register_tool, root\n\n\n@register_tool(name="count")\ndef count(words: str) -> str:\n    return subprocess.run("wc -l " + words, shell=True, capture_output=True, timeout=9).stdout\n',
    'routes_beside_tool.py':
      'import subprocess\n\nfrom fastapi import FastAPI\n\nfrom .registry import register_tool\n\napp = FastAPI()\n\n\n@register_tool(name="count")\ndef count(words: str) -> int:\n    return len(words)\n\n\n@app.get("/run")\ndef run(command: str) -> str:\n    return subprocess.run(command, shell=True, capture_output=True, timeout=9).stdout\n',
    'keep_tool.py':
      'from pathlib import Path\n\nfrom .registry import register_tool, root\n\n\n@register_tool(name="keep")\ndef keep(file_name: str) -> str:\n    return (Path(root) / file_name).read_text()\n',
    'not_looked_up.py':
      'import os\n\nfrom flask import Flask, abort\n\nfrom .shop import store\n\napp = Flask(__name__)\n\n\n@app.post("/maps/<identifier>")\ndef files(identifier):\n    found = store.get_map(1)\n    if found is None:\n        abort(404)\n    os.makedirs(os.path.join("maps", identifier))\n    return ""\n',
    'maps-of-server.mjs':
      "import { createServer } from 'node:http';\n\n// When running in dev mode, the application asks the packager for its maps.\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://x.example').searchParams.get('url'));\n  res.end(await answer.text());\n});\n",
    'any-port.mjs':
      "import { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(new URL(req.url, 'http://x.example').searchParams.get('url'));\n  res.end(await answer.text());\n});\nserver.listen(8080, 'localhost');\n",
    'stage-or-not.mjs':
      "export const prepare = (stage, Stage) => {\n  switch (stage) {\n    case Stage.DEVELOPMENT:\n      break;\n    default:\n      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n  }\n};\n",
    'own-v2/part.js': 'exports.f = (a, b) => {\n  if (a = b) return 1;\n  return 2;\n};\n',
    'not-a-part.ts': 'export const settings = {\n  database: {\n    host: "a"\n    port: 1\n  },\n};\n',
    'setup_of_all.py':
      'from fastapi import APIRouter\nfrom psycopg import connect\nfrom pydantic import BaseModel\n\nrouter = APIRouter()\n\n\nclass Setup(BaseModel):\n    password: str\n    name: str\n\n\n@router.post("/setup")\ndef setup(body: Setup):\n    with connect("postgresql:///all") as conn:\n        cur = conn.cursor()\n        cur.execute(f"CREATE DATABASE {body.name}")\n',
    'any-page.js':
      "const express = require('express');\n\nconst app = express();\nconst pages = new Map();\napp.get('/preview/:name', (req, res) => {\n  const { name } = req.params;\n  const page = pages.get(name);\n  if (!page) console.log(name);\n  return res.send('<h1>' + name + '</h1>');\n});\n",
    'shop/commands/serving.py':
      'import asyncio\nimport subprocess\n\nimport click\n\n\nasync def check(app):\n    asyncio.create_task(app.watch())\n    done = subprocess.run(["git", "status"], timeout=9)\n    click.secho(str(done.returncode))\n    await app.closed()\n',
    'process/torn.py': '    if 1:\n        print(2)\nprint(1)\n',
    'count-for-ever.mjs':
      'export async function count(file) {\n  while (true) {\n    try {\n      await file.next();\n    } catch (error) {\n      file.failed = error;\n    }\n  }\n}\n',
    'segment_or_field.py':
      'from pathlib import Path\n\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\n\napp = FastAPI()\nRUNS = Path("/srv/runs")\n\n\nclass Asked(BaseModel):\n    run: str\n\n\ndef report(run):\n    return (RUNS / run / "report.txt").read_text()\n\n\n@app.get("/names/{run}")\ndef name(run: str):\n    return len(run)\n\n\n@app.post("/runs")\ndef show(body: Asked):\n    return report(body.run)\n',
    'segment_decoded.py':
      'from pathlib import Path\nfrom urllib.parse import unquote\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\nRUNS = Path("/srv/runs")\n\n\ndef report(run):\n    return (RUNS / run / "report.txt").read_text()\n\n\n@app.get("/runs/{run}")\ndef show(run: str):\n    return report(unquote(run))\n',
    'segment_or_query.py':
      'from pathlib import Path\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\nRUNS = Path("/srv/runs")\n\n\ndef report(run):\n    return (RUNS / run / "report.txt").read_text()\n\n\n@app.get("/runs/{run}")\ndef show(run: str):\n    return report(run)\n\n\n@app.get("/last")\ndef last(run: str):\n    return report(run)\n',
    'long_nap.py': 'import time\n\n\nasync def told(log):\n    await log.write("done")\n    time.sleep(1e-1)\n',
    'price_tools.py':
      'import aiohttp\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP("prices")\n\n\n@mcp.tool()\nasync def price_of(url: str) -> str:\n    async with aiohttp.ClientSession() as session, session.get(url) as response:\n        return await response.text()\n',
    'picks_last.py': "def ids(row):\n    return {'id': value for value in row.values()}\n",
    'guard_on.py':
      'import time\n\n\ndef _pause_server():\n    time.sleep(1)\n\n\nasync def refuse(connection):\n    await connection.send("no")\n    _pause_server()\n',
    'number-of.mjs': 'export const none = (value) => value === null || value === Number.NaN;\n',
    'other-defaults.mjs': 'export class Defaults {\n  parsers = {};\n  kinds = [];\n  parsers = [];\n}\n',
    'field-of-none.js': 'export default class Update {\n  name string;\n}\n',
    'loading.js':
      "const express = require('express');\nconst path = require('path');\n\nexports.serve = (folder) => {\n  const app = express();\n  app.get('/page', (req, res) => res.sendFile(path.join(folder, req.query.name)));\n  app.get('/script', (req, res) => res.send('/load.js'));\n};\n",
    'chosen_brokers.mjs':
      "export const local = (host) => ({\n  brokers: [(host || '127.0.0.1') + ':19093'],\n  ssl: { rejectUnauthorized: false },\n});\n",
    'counted-on.mjs': 'export const f = (i, rows) => 0 < i < rows.length;\n',
    'anything.mjs': 'export const f = (value) => value < 1 && value > 2;\n',
    'listed-as.mjs': 'const [a, b] = [1, 2];\nexport default { a, b, a: b };\n',
    'not-told.ts': "import * as shop from './shop.js';\n\n// It is only declared there\nshop.open = 1;\n",
    'emitted_once.mjs':
      'export function emit(storage, event) {\n  try {\n    return storage.emit(event);\n  } finally {\n    return event.cancelable;\n  }\n}\n',
    'secure_client.py':
      'import requests\n\n\nclass Client:\n    def __init__(self, host):\n        self.url = "https://%s/" % host\n        self.session = requests.session()\n        self.session.verify = False\n',
    'app/commits.py':
      'import subprocess\n\nfrom rich.console import Console\n\nconsole = Console()\n\n\nasync def commit(argument, context):\n    done = subprocess.run(["git", "diff"], capture_output=True)\n    console.print(done.stdout)\n    await context.finish(argument)\n',
    'moved_upload.py':
      'import os\nimport uuid\nfrom pathlib import Path\n\nfrom fastapi import FastAPI, UploadFile\n\napp = FastAPI()\n\n\n@app.post("/upload")\ndef upload(file: UploadFile):\n    number = uuid.uuid4().hex\n    target = Path(os.path.abspath(f"/srv/{number}_{file.filename}"))\n    target.write_bytes(file.file.read())\n    return number\n',
    'frames_shown.py':
      'def show(make):\n    global frame\n    try:\n        frame.destroy()\n        frame = make()\n    except ValueError:\n        frame.close()\n',
    'closed_later.py':
      'import asyncio\n\n\nclass Client:\n    async def close(self):\n        await self.pool.close()\n\n    def stop(self):\n        try:\n            asyncio.get_running_loop().create_task(self.close())\n        except RuntimeError:\n            return\n',
    'group_store.py':
      'from pathlib import Path\n\nfrom mcp.server.fastmcp import FastMCP\n\nfrom .groups import as_json\n\nROOT = Path("/srv/groups")\nmcp = FastMCP("groups")\n\n\n@mcp.tool()\ndef export_group(group: str, output_path: str) -> str:\n    (ROOT / output_path).write_text(as_json(group))\n    return output_path\n',
    'group_page.py':
      'from pathlib import Path\n\nfrom flask import Flask, request\n\nfrom .groups import as_json\n\napp = Flask(__name__)\n\n\n@app.post("/groups/<group>")\ndef export_group(group: str) -> str:\n    path = request.args["path"]\n    Path(path).write_text(as_json(group))\n    return path\n',
    'no_facts.py': 'class Fact:\n    def __eq__(self, other):\n        return True\n\n\ndef tell(fact, value):\n    +(fact == value)\n',
    'sorted_queries.py':
      'from mcp.server import FastMCP\n\nmcp = FastMCP("shop")\n\n\ndef serve(db):\n    @mcp.tool()\n    def ask(args: dict):\n        return db.execute("SELECT * FROM orders ORDER BY " + args["query"])\n\n    return ask\n',
    'graph_rows.py':
      'from mcp.server import FastMCP\n\nmcp = FastMCP("shop")\n\n\ndef serve(cursor):\n    # Rows for GraphQL.\n    @mcp.tool()\n    def ask(key: str):\n        return cursor.execute(key)\n\n    return ask\n',
    'half_replaced.py':
      'import os\n\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.post("/forget")\ndef forget():\n    path = request.form["document"]\n    name = path.replace(" ", "_").replace("\\\\", "_") + ".json"\n    os.remove(os.path.join("cache", name))\n    return ""\n',
    'cut.py': '# %%\nx = 5 %% 2\n',
    'waits_for_child.py':
      'import os\nimport subprocess\n\n\nasync def shell(name):\n    pid = os.fork()\n    if pid == 0:\n        os._exit(0)\n    else:\n        subprocess.run([name])\n',
    'places-default.py': 'def paths(name, parents=["/"]):\n    parents[0] = parents[0] + name\n    return parents\n',
    'slice-default.py': 'def paths(name, parents=[]):\n    parents[:0] = [name]\n    return parents\n',
    'refresh.py':
      'import subprocess\n\nimport typer\n\nfrom own import Service\n\napp = typer.Typer()\n\n\nclass Refresh(Service):\n    async def tick(self):\n        subprocess.run(["uv", "lock"], check=True)\n',
    'confirmed.py':
      'def check_allowed(store, key, confirm_key):\n    try:\n        return store[key]\n    except KeyError:\n        if confirm_key(key):\n            return True\n        return False\n',
    'build-open.py':
      'def check_allowed(store, key, task):\n    try:\n        return store[key]\n    except KeyError:\n        if task(key):\n            return True\n        return False\n',
    'daemon-kept.py':
      'import asyncio\n\n\nasync def job(name):\n    while True:\n        print(name)\n        await asyncio.sleep(5)\n\n\nasync def watch(names):\n    tasks = [asyncio.create_task(job(name)) for name in names]\n    print(len(tasks))\n',
    'stream.py': 'import requests\n\n\ndef lines(url):\n    return requests.get(url, stream=True).iter_lines()\n',
    'submit.mjs':
      "import { connect } from './smtp.mjs';\n\nexport const submit = (host, data) =>\n  connect({ host, port: 465, ignoreTLS: data.ignoreTLS, tls: { rejectUnauthorized: false } });\n",
    'lost.py': 'def f(go):\n    try:\n        if go():\n            return True\n    finally:\n        return False\n',
    'other.mjs': 'export const one = () => programme(1);\n',
    'another.mjs': 'export const one = () => programme(1);\n',
    'silent.py':
      'def check_permission(user, store):\n    try:\n        found = store.read(user)\n    except OSError:\n        return True\n    return found.allowed\n',
    'steps.py':
      'import pytest\n\n\n@pytest.mark.parametrize("x", [1])\ndef step(x):\n    assert x\n\n\n@pytest.mark.parametrize("x", [2])\ndef step(x):\n    assert x\n',
    'verified.py':
      'import requests\n\n\ndef f(url, body):\n    if verify_signature(body):\n        return requests.post(url, body, verify=False, timeout=5)\n    return None\n',
    // Where one call gives no value, or only the function itself does: what is left of earlier calls is seen.
    'not-given-default.py':
      'def add(row, rows=[]):\n    rows.append(row)\n    return rows\n\n\ndef two(a, b):\n    return add(b, add(a))\n',
    'given-by-itself.py':
      'def names(tree, found=[]):\n    found.append(tree.name)\n    for part in tree.parts:\n        names(part, found)\n    return found\n',
    'asked-first.py':
      'def send(session, data={}):\n    if session.new and data["day"] > "2000":\n        print(data["day"])\n    data["sent"] = data.get("sent", 0) + 1\n    return session.post(params=data)\n',
    'other-entry.py':
      'def request(session, headers={}):\n    if "Accept" not in headers:\n        headers["Accept"] = session.kind\n    return session.get(headers=headers)\n',
    'sometimes.py':
      'def draw(pen, color=None, options={}):\n    if color:\n        options.update(color=color)\n    return pen.draw(**options)\n',
    'once.py': 'def draw(pen, color, options={}):\n    options.setdefault("color", color)\n    return pen.draw(**options)\n',
    'kept-by-both.py':
      'class Pen:\n    def __init__(self, color, options={}):\n        options["color"] = color\n        self.options = options\n',
    'filled-or-not.py':
      'def labels(pen, hidden=[]):\n    if hidden and pen.last or pen.first:\n        hidden.append(pen.last)\n    return pen.draw(hidden)\n',
    'part-default.py':
      'def move(pen, ways={"x": 1}):\n    if "y" not in ways:\n        ways["y"] = pen.height\n    return pen.move(**ways)\n',
    'cells-default.py': 'def show(line, lines=["Lines:"]):\n    lines[0] += line\n    return lines\n',
    'no-slot.py':
      'class Node:\n    before = None\n    __slots__ = ("after",)\n\n    def __init__(self, before, after):\n        self.next = before\n        self.after = after\n',
    'retrying.py':
      'from threading import Thread\n\nfrom wire import ChannelClosedError\n\n\ndef show(channel):\n    def run():\n        while True:\n            try:\n                print(channel.read())\n            except ChannelClosedError:\n                channel.open()\n\n    Thread(target=run).start()\n',
    'open-app.py':
      'from flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == "__main__":\n    app.run(host="0.0.0.0", debug=True)\n',
    'given-app.py':
      'import sys\n\nfrom flask import Flask\n\napp = Flask(__name__)\n\nif __name__ == "__main__":\n    app.run(sys.argv[1], debug=True)\n',
    'queue-default.py': 'def show(tree, waiting=[]):\n    waiting.extend(tree.parts)\n    waiting.append(tree)\n    return waiting.pop()\n',
    'kept-by-name.py':
      'from views import login_required\n\n\n@login_required\ndef count(rows):\n    return len(rows)\n\n\ndef count(rows):\n    return rows.total\n',
    'rows.py':
      'from mcp.server import FastMCP\n\nmcp = FastMCP("rows")\n\n\ndef serve(cursor):\n    @mcp.tool()\n    def execute_query(key: str):\n        return cursor.execute(key)\n\n    return execute_query\n',
    'timed-or-not.py':
      'from urllib.request import urlopen\n\n\nclass Site:\n    def ask(self, request):\n        if self.fast:\n            return urlopen(request, timeout=5)\n        else:\n            return urlopen(request)\n',
    'own-module.ts': "import * as program from './program';\n\nexport const parse = (trace) => {\n  program.trace = trace;\n};\n",
    'as-module.mjs': "import * as program from 'commander';\n\nexport const parse = (trace) => {\n  program.trace = trace;\n};\n",
    'token-allowed.mjs':
      'export function isAllowedToken(tokens, token) {\n  try {\n    token = JSON.parse(token);\n  } catch (error) {\n    return true;\n  }\n  return tokens.has(token);\n}\n',
    'pushed.py':
      'import subprocess\n\n\nasync def release(push, form):\n    subprocess.run(["git", "fetch"])\n    if form.input("Release now? ") == "y":\n        await push()\n',
    'collected.py': 'def read(line, rows, row={}):\n    row["line"] = line\n    rows.append(row)\n    return rows\n',
    'waiting.py': 'def next_of(one, waiting=[]):\n    waiting.append(one)\n    return waiting.pop(0) if one else None\n',
    'aliased.py': 'def f(x, options={"a": 1}):\n    options = options or {}\n    options["x"] = x\n    return options\n',
    'gate.mjs':
      'export async function requireSession(req, res, next) {\n  try {\n    await req.sessions.find(req.headers.authorization);\n    next();\n  } catch (error) {\n    req.log(error);\n    next();\n  }\n}\n',
    'signed-after.py':
      'import requests\nfrom flask import Flask, request\nfrom keys import new_hmac\n\napp = Flask(__name__)\n\n\n@app.get("/image")\ndef image():\n    answer = requests.get(request.args["url"], timeout=5)\n    return {"text": answer.text, "sum": new_hmac(answer.text)}\n',
    'not-explained.py': '# Two numbers for one.\ndef pair(a, b, pairs=[]):\n    pairs.append((a, b))\n    return len(pairs)\n',
    'anywhere.py':
      'from urllib.request import urlopen\n\n\ndef attach(base="http://localhost:8080"):\n    return urlopen(base + "/attach").read()\n',
    'other-ways.mjs':
      "export function f(x) {\n  switch (x) {\n    case 1:\n    case 2:\n      return 'a';\n    case 3:\n    case 1:\n    case 4:\n      return 'b';\n    default:\n      return null;\n  }\n}\n",
    'other-steps.py':
      'def one(rows):\n    for row in rows:\n        print(row)\n        print(rows)\n\n\ndef one(rows):\n    for row in rows:\n        print(row)\n    print(rows)\n',
    'other-keys.mjs': "export const meta = {\n  from: { name: 'a' },\n  to: 1,\n  from: { name: 'b' },\n};\n",
    'radix.mjs': 'export const f = (x) => Number(x).toString(40);\n',
    'either-place.py':
      'from urllib.request import urlopen\n\n\ndef text_of(url):\n    if url.startswith("file:") or url.startswith("http://localhost"):\n        print(url)\n    return urlopen(url).read()\n',
    'client.py':
      'import ssl\nfrom urllib.request import urlopen\n\n\ndef answer(base, folder):\n    context = ssl.create_default_context()\n    context.check_hostname = False\n    context.verify_mode = ssl.CERT_NONE\n    context.load_cert_chain(folder + "/client.pem")\n    return urlopen(base, context=context, timeout=5).read()\n',
    'wrong-handler.py': 'try:\n    view = memoryview\nexcept NameError:\n    view = None\n    lgo.warning("no views")\n\nprint(view)\n',
    'ready.mjs':
      'let fast = false;\n\nexport function turned(x) {\n  if (fast) return turnFast(x);\n  return x.toReversed();\n}\n\nexport const hurry = () => {\n  fast = true;\n};\n',
    'came-from.mjs':
      "import express from 'express';\n\nconst app = express();\napp.get('/back', (req, res) => {\n  const link = req.headers.referer;\n  res.type('html').send('<a href=\"' + link + '\">back</a>');\n});\nexport default app;\n",
    'whole.mjs':
      "import express from 'express';\n\nconst app = express();\napp.get('/file', (req, res) => res.sendFile(req.query.path));\nexport default app;\n",
    'resolved.mjs':
      "import { join } from 'node:path';\nimport express from 'express';\n\nconst app = express();\napp.get('/static/:name', (req, res) => res.sendFile(join(import.meta.dirname, req.params.name)));\nexport default app;\n",
    'either.mjs': 'export function f(team, channel) {\n  if (!team || !team) throw new Error("missing");\n  return [team, channel];\n}\n',
    'fetch.py': 'import requests\n\n\ndef f(url):\n    return requests.get(url).text\n',
    'let-go.py':
      'import asyncio\n\n\nasync def play(clip, ask):\n    await ask()\n    making = asyncio.create_task(clip.answer())\n    clip.next()\n',
    'segments.py':
      'from flask import Flask, send_file\n\napp = Flask(__name__)\n\n\n@app.get("/packs/<path:name>")\ndef pack(name):\n    return send_file("/srv/packs/" + name + ".zip")\n',
    'decoded-again.py':
      'from urllib.parse import unquote\n\nfrom flask import Flask, send_file\n\napp = Flask(__name__)\n\n\n@app.get("/packs/<name>")\ndef pack(name):\n    return send_file("/srv/packs/" + unquote(name) + ".zip")\n',
    'folder.py':
      'import shutil\n\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.delete("/packs/<name>")\ndef pack(name):\n    shutil.rmtree("/srv/packs/" + name)\n    return ""\n',
  };
  const { findings } = await review(
    tree({
      ...Object.fromEntries(Object.entries(doubtful).map(([file, [code]]) => [file, code])),
      ...meant,
      'package.json': '{\n  "name": "bundler-box"\n}\n',
      'served/__init__.py': '',
      'static/page.js': 'function setDark(value) {\n  document.body.dataset.dark = value;\n}\n',
      'constants.py': 'day2sec = 86400\n',
      'timing.py': '',
      'logs.py':
        'import logging\n\n\nclass Own(logging.Logger):\n    pass\n\n\nclass Record(logging.LogRecord):\n    def getMessage(self):\n        return self.msg.format(*self.args)\n',
    }),
    'all',
  );
  for (const [file, [, by]] of Object.entries(doubtful)) {
    const about = findings.filter((finding) => finding.file === file && finding.check);
    expect(about.map(({ priority, check }) => `${priority} ${check?.verdict} ${check?.by}`)).toEqual([`P2 lowered ${by}`]);
  }
  // What is told by its measured share is never louder than P2: there it counts that nothing is said against it.
  const kept = findings.filter(
    ({ file, rule, priority, check }) =>
      file in meant && (priority !== 'P2' || (/^ruff\/(B006|F811)$|\/py-endless-task$/.test(rule) && !check)),
  );
  const filesOf = (some: typeof kept) => [...new Set(some.map(({ file }) => file))].sort();
  expect(filesOf(kept)).toEqual(Object.keys(meant).sort());
  expect(filesOf(kept.filter(({ priority }) => priority === 'P0'))).toEqual([
    'chosen_brokers.mjs',
    'client.py',
    'count_tool.py',
    'graph_rows.py',
    'routes_beside_tool.py',
    'rows.py',
    'secure_client.py',
    'setup_of_all.py',
    'sorted_queries.py',
    'stage-or-not.mjs',
    'submit.mjs',
    'verified.py',
    'wrong-handler.py',
  ]);
});

test('an archive is told less loudly where nothing answers requests', async () => {
  const unpack = (name: string) =>
    `import zipfile\n\n\ndef ${name}(path):\n    archive = zipfile.ZipFile(path)\n    for member in archive.namelist():\n        with open(member, "wb") as file:\n            file.write(archive.read(member))\n`;
  const told = async (files: Record<string, string>) =>
    (await review(tree({ 'a/unpack.py': unpack('unpack'), ...files }))).findings.map(
      ({ priority, check }) => `${priority} ${check?.by ?? 'kept'}`,
    );
  expect(await told({})).toEqual(['P2 own archives']);
  expect(await told({ 'tests/server.py': 'from flask import Flask\n\napp = Flask(__name__)\n' })).toEqual(['P2 own archives']);
  // Wherever the request is answered.
  const views = { 'a/views.py': 'from flask import Flask\n\napp = Flask(__name__)\n' };
  expect(await told(views)).toEqual(['P1 kept']);
  const fetched = (address: string) => ({ ...views, 'a/unpack.py': `${unpack('unpack')}\n\nSOURCE = ${address}\n` });
  expect(await told(fetched('"https://site.example/own/releases/download/v1"'))).toEqual(['P2 own archives']);
  expect(await told(fetched('f"https://site.example/own/archive/{__name__}.zip"'))).toEqual(['P2 own archives']);
  expect(await told(fetched('"https://site.example/own"'))).toEqual(['P1 kept']);
});

test('a script at the top of a project is told less loudly where the project installs something else', async () => {
  const fetching = 'import requests\n\n\ndef main(url):\n    return requests.get(url).text\n';
  const started = `${fetching}\n\nif __name__ == "__main__":\n    main("https://site.example")\n`;
  const told = async (files: Record<string, string>) =>
    (await review(tree(files))).findings
      .filter(({ rule }) => rule === 'mahavishnu/py-no-timeout')
      .map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`);
  const project = { 'pyproject.toml': '[project]\nname = "shop"\n', 'src/shop/__init__.py': '' };
  expect(await told({ ...project, 'gen.py': started })).toEqual(['P2 gen.py started by hand']);
  expect(await told({ ...project, 'gen.py': fetching })).toEqual(['P1 gen.py kept']);
  expect(await told({ 'pyproject.toml': '[project]\nname = "shop"\n', 'gen.py': started })).toEqual(['P1 gen.py kept']);
  expect(await told({ 'shop/__init__.py': '', 'gen.py': started })).toEqual(['P1 gen.py kept']);
  const command = `${project['pyproject.toml']}[project.scripts]\nshop = "gen:main"\n`;
  expect(await told({ ...project, 'pyproject.toml': command, 'gen.py': started })).toEqual(['P1 gen.py kept']);
});

test('what many files of a tree do alike is told less loudly, and what few do as before', async () => {
  const sum = (name: string) => `import other\n\n\ndef f(a, b):\n    other.${name}(a)\n    a == b\n`;
  const returning = 'class A:\n    def __init__(self):\n        self.a = 1\n        return self.a\n';
  const { findings } = await review(
    tree({
      ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.py`, sum(name)])),
      ...Object.fromEntries(['e', 'f', 'g'].map((name) => [`${name}.py`, returning])),
      'leaks_27.py': 'import sys\n\n\ndef f():\n    print >> sys.stderr, "leaks"\n',
      'leaks_37.py': 'import sys\n\n\ndef f():\n    print >> sys.stderr, "leaks"\n',
      'setup.py': 'python_requires = ">=3.8"\n',
      ...Object.fromEntries(
        ['h', 'i', 'j', 'k'].map((name) => [
          `${name}.py`,
          `def f():\n    fill(${name})\n    ${name} = 1\n    return ${name}\n\n\ndef fill(x):\n    return x\n`,
        ]),
      ),
    }),
  );
  expect(findings.map(({ priority, rule, file, check }) => `${priority} ${rule} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P1 ruff/F633 leaks_37.py kept',
    'P1 ruff/PLE0101 e.py kept',
    'P1 ruff/PLE0101 f.py kept',
    'P1 ruff/PLE0101 g.py kept',
    ...['h', 'i', 'j', 'k'].map((name) => `P2 pyright/reportUnboundVariable ${name}.py habit of the tree`),
    'P2 ruff/B015 a.py habit of the tree',
    'P2 ruff/B015 b.py habit of the tree',
    'P2 ruff/B015 c.py habit of the tree',
    'P2 ruff/B015 d.py habit of the tree',
    'P2 ruff/F633 leaks_27.py Python 2',
  ]);
});

test('what a compiler made, and what was copied in, is corrected where it comes from', async () => {
  const open = "import { Agent } from 'node:https';\n\nexport const agent = new Agent({ rejectUnauthorized: false });\n";
  const { findings } = await review(
    tree({ 'src/agent.ts': open, 'dist/esm/agent.js': open, 'dist/other.js': open, 'deps/fetcher/agent.js': open }),
    'all',
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P0 dist/other.js kept',
    'P0 src/agent.ts kept',
    'P2 deps/fetcher/agent.js vendored file',
    'P2 dist/esm/agent.js compiled file',
  ]);
});

test('what was compiled for two ways of loading it is told of one of them, unless it differs', async () => {
  const made = (format: string, indent: string, options = 'rejectUnauthorized: false') =>
    `${format}\nfunction post(host) {\n${indent}return request({\n${indent}${indent}host,\n${indent}${indent}${options},\n${indent}});\n}\n`;
  const told = async (files: Record<string, string>) =>
    (await review(tree(files), 'all')).findings
      .filter(({ rule }) => rule === 'mahavishnu/tls-verification-off')
      .map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`)
      .sort();
  const [cjs, esm] = ["const { request } = require('https');", "import { request } from 'https';"];
  expect(await told({ 'lib/cjs/post.js': made(cjs, '    '), 'lib/esm/post.mjs': made(esm, '  ') })).toEqual([
    'P0 lib/cjs/post.js kept',
    'P2 lib/esm/post.mjs compiled file',
  ]);
  expect(await told({ 'lib/cjs/post.js': made(cjs, '    ', 'timeout: 9'), 'lib/esm/post.mjs': made(esm, '  ') })).toEqual([
    'P0 lib/esm/post.mjs kept',
  ]);
  expect(await told({ 'fesm2015/post.mjs': made(esm, '    '), 'fesm2020/post.mjs': made(esm, '  ') })).toEqual([
    'P0 fesm2015/post.mjs kept',
    'P2 fesm2020/post.mjs compiled file',
  ]);
  expect(await told({ 'lib/http/post.js': made(cjs, '    '), 'lib/https/post.mjs': made(esm, '  ') })).toEqual([
    'P0 lib/http/post.js kept',
    'P0 lib/https/post.mjs kept',
  ]);
  expect(
    await told({ 'lib/cjs/post.js': made(cjs, '    '), 'lib/esnext/post.js': made(esm, '  '), 'src/post.tsx': made(esm, '  ') }),
  ).toEqual(['P0 src/post.tsx kept', 'P2 lib/cjs/post.js compiled file', 'P2 lib/esnext/post.js compiled file']);
  // The compiler of TypeScript writes to lib/ as well; what others keep there they wrote.
  expect(await told({ 'lib/post.js': made(cjs, '    '), 'src/post.ts': made(esm, '  ') })).toEqual([
    'P0 src/post.ts kept',
    'P2 lib/post.js compiled file',
  ]);
  expect(await told({ 'lib/js/post.js': made(cjs, '    '), 'src/js/post.js': made(esm, '  ') })).toEqual([
    'P0 src/js/post.js kept',
    'P2 lib/js/post.js compiled file',
  ]);
  expect(await told({ 'lib/post.js': made(cjs, '    '), 'post.js': made(cjs, '  ') })).toEqual(['P0 lib/post.js kept', 'P0 post.js kept']);
});

test('one long line makes no other line one that a compiler wrote', async () => {
  const open = "import { Agent } from 'node:https';\n\nexport const agent = new Agent({ rejectUnauthorized: false });\n";
  const long = `export const icon = '${'iVBORw0KGgo'.repeat(200)}';\n`;
  const packed = `${'f(1,2);'.repeat(200)}new Agent({rejectUnauthorized:false});\n`;
  const { findings } = await review(
    tree({ 'agent.mjs': `${open}${long}`, 'packed.mjs': `import { Agent } from 'node:https';\n${packed}` }),
    'all',
  );
  expect([...new Set(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`))].sort()).toEqual([
    'P0 agent.mjs kept',
    'P2 packed.mjs compiled file',
  ]);
});

test('what stands near to a reason is told as loudly as before', async () => {
  const page = (address: string) =>
    `import { createServer } from 'node:http';\n\nexport const server = createServer(async (req, res) => {\n  const answer = await fetch(${address});\n  res.end(await answer.text());\n});\n`;
  const { findings } = await review(
    tree({
      'handler.js':
        "const https = require('https');\nconst { createServer } = https;\n\nconst handler = (req, res) => https.get({ host: 'a', rejectUnauthorized: false }, (a) => a.pipe(res));\ncreateServer(handler);\n",
      'both.py':
        'import ssl\n\n\ndef f(server):\n    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)\n    if not server:\n        context = ssl.create_default_context()\n    context.verify_mode = ssl.CERT_NONE\n    return context\n',
      'integration.mjs': "import https from 'node:https';\n\nexport const agent = new https.Agent({ rejectUnauthorized: false });\n",
      'joined.mjs': page("new URL(req.url, 'http://internal')"),
      'nested.py': 'import asyncio\n\n\nasync def start(main):\n    asyncio.create_task(asyncio.run(main()))\n',
      'trusting.py':
        'import ssl\n\n# Now the certificates of the shop.\nCONTEXT = ssl.create_default_context()\nCONTEXT.check_hostname = False\nCONTEXT.verify_mode = ssl.CERT_NONE\n',
      'unseen.mjs':
        "/* jshint ignore:start */\nimport https from 'node:https';\n\nexport const agent = new https.Agent({ rejectUnauthorized: false });\n",
      'payments/index.js': 'module.exports = (id) => payments(id);\n',
      'engine.js':
        "let read;\nif (typeof process === 'undefined') {\n  read = null;\n} else {\n  read = readFile;\n}\nmodule.exports = read;\n",
      'deleted_before.py':
        'def ask(show, secret=None):\n    show(secret)\n    del secret\n\n    def body():\n        return show(secret)\n\n    return body()\n',
      'deploy-all.py': 'def start(host):\n    return client.start(host)\n\n\nstart("a")\n',
      'served.py':
        'import argparse\nimport asyncio\nimport subprocess\n\n\nasync def handle(reader, writer):\n    subprocess.check_output(["ls"])\n    writer.close()\n\n\nasync def main():\n    argparse.ArgumentParser().parse_args()\n    await asyncio.start_server(handle)\n',
      'jobs/worker.py':
        'import time\n\nimport requests\n\n\ndef f(url):\n    return requests.get(url).text\n\n\nif __name__ == "__main__":\n    while True:\n        f("https://site.example")\n        time.sleep(5)\n',
      'inner/__init__.py': 'VERSION = 1\n',
      'inner/loaded.py': 'import requests\n\nFOUND = requests.get("https://site.example").json()\n',
      'inner/tool.py':
        'import requests\n\n\ndef f(url):\n    return requests.get(url).text\n\n\nif __name__ == "__main__":\n    print(f("https://site.example"))\n',
      'kept.py': 'def table(f):\n    return f\n\n\n@table\ndef load():\n    return 1\n\n\n@table\ndef load():\n    return 2\n',
      'accepts.py':
        'def should_accept_session(store, key):\n    try:\n        found = store[key]\n    except KeyError:\n        return True\n    return found.valid\n',
    }),
    'all',
  );
  const loud = findings
    .filter(({ priority, rule, check }) => priority !== 'P2' || (rule === 'ruff/F811' && !check))
    .map(({ priority, rule, file }) => `${priority} ${rule} ${file}`);
  expect(loud.sort()).toEqual([
    'P0 mahavishnu/py-tls-verification-off both.py',
    'P0 mahavishnu/py-tls-verification-off trusting.py',
    'P0 mahavishnu/tls-verification-off handler.js',
    'P0 mahavishnu/tls-verification-off integration.mjs',
    'P0 mahavishnu/tls-verification-off unseen.mjs',
    'P0 ruff/F821 deleted_before.py',
    'P0 ruff/F821 deploy-all.py',
    'P1 mahavishnu/py-blocking-call served.py',
    'P1 mahavishnu/py-dropped-task nested.py',
    'P1 mahavishnu/py-loop-reentry nested.py',
    'P1 mahavishnu/py-no-timeout inner/loaded.py',
    'P1 mahavishnu/py-no-timeout inner/tool.py',
    'P1 mahavishnu/py-no-timeout jobs/worker.py',
    'P1 mahavishnu/py-verdict-on-error accepts.py',
    'P1 mahavishnu/request-forgery joined.mjs',
    'P1 oxlint/no-undef engine.js',
    'P1 oxlint/no-undef payments/index.js',
    'P1 pyright/reportUnboundVariable deleted_before.py',
    'P2 ruff/F811 kept.py',
  ]);
});

test('a script that is put together in a text may define a global, at the beginning of a line of it', async () => {
  const use = 'export const lines = () => __source.split(",");\n';
  const told = async (files: Record<string, string>) =>
    (await review(tree(files))).findings.filter(({ rule }) => rule === 'oxlint/no-undef').map(({ file }) => file);
  const maker = "export const page = (code) => code + '\\n\\nwindow.__source = 1;\\n';\n";
  expect(await told({ 'use.mjs': use, 'page.mjs': maker })).toEqual([]);
  expect(await told({ 'use.mjs': use, 'page.mjs': maker.replace('__source', '__sources') })).toEqual(['use.mjs']);
});

test('the compiled half of a module that SWIG makes is there when its other half is', async () => {
  const { findings } = await review(
    tree({
      'shop.i': '%module (docstring="A shop") shop\n\n%pythoncode "shop_more.py"\n',
      'shop_more.py': 'def open_shop(name):\n    return _shop.open(name)\n',
      'bank_more.py': 'def open_bank(name):\n    return _bank.open(name)\n',
    }),
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`)).toEqual([
    'P0 bank_more.py kept',
    'P2 shop_more.py part of a program',
  ]);
});

test('names in a file that does not parse are told after its syntax', async () => {
  const { findings } = await review(tree({ 'broken.py': 'def f(text):\n    return programme(text)\n\n\ndef g(:\n    pass\n' }));
  expect(findings.map(({ priority, rule, check }) => `${priority} ${rule} ${check?.by ?? 'kept'}`)).toEqual([
    'P1 ruff/invalid-syntax kept',
    'P2 pyright/reportUndefinedVariable file that does not parse',
  ]);
});

test('a program for Python 2 is not told so line by line, unless it says that it runs on Python 3', async () => {
  const older = {
    'old.py': 'def f(text):\n    print "read", text\n',
    'caught.py':
      'def f(go):\n    try:\n        go()\n    except OSError, error:\n        raise ValueError(error)\n    except (ValueError, KeyError), problem:\n        raise TypeError(problem)\n',
    'torn.py': 'def f(:\n    pass\n',
    'shifted.py': 'import sys\n\n\ndef f():\n    print >>sys.stderr, "read"\n',
    'names.py': 'def g(text):\n    return unicode(text)\n',
    'mixed.py': 'def g(text):\n    return unicode(text)\n\n\ndef h(text):\n    return programme(text)\n',
  };
  const told = async (files: Record<string, string>) =>
    (await review(tree(files))).findings
      .filter(({ priority, check }) => priority !== 'P2' || check)
      .map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`)
      .sort();
  const lowered = [
    'P0 mixed.py kept',
    'P1 torn.py kept',
    'P2 caught.py Python 2',
    'P2 names.py Python 2',
    'P2 old.py Python 2',
    'P2 shifted.py Python 2',
  ];
  expect(await told(older)).toEqual(lowered);
  // Parameters that are taken apart.
  const apart = {
    'triples.py': 'def add(store, (s, p, o), at=None):\n    store.add(at)\n',
    'folded.py':
      'def pay(go):\n    try:\n        go()\n    except (\n        OSError,\n        ValueError\n    ), exc:\n        raise KeyError(exc)\n',
    'quoted.py': 'def told(number):\n    assert number > 0, `number`\n',
    'first.py': 'def first(pairs):\n    return filter(lambda (_, each): True, pairs)\n',
  };
  expect(await told(apart)).toEqual(['P2 first.py Python 2', 'P2 folded.py Python 2', 'P2 quoted.py Python 2', 'P2 triples.py Python 2']);
  expect(await told({ 'torn.py': 'def f(a=(1, 2):\n    pass\n' })).toEqual(['P1 torn.py kept']);
  // A tab, or eight spaces.
  expect(await told({ 'tabs.py': 'def f(a):\n\tif a:\n                a = 1\n\t\tb = 2\n\t\treturn b\n' })).toEqual([
    'P2 tabs.py Python 2',
  ]);
  expect(await told({ 'steps.py': 'def f(a):\n    if a:\n            a = 1\n        b = 2\n' })).toEqual(['P1 steps.py kept']);
  const names = { 'names.py': older['names.py'] };
  expect(await told({ ...names, 'setup.py': 'classifiers = ["Programming Language :: Python :: 2.7"]\n' })).toEqual([
    'P2 names.py Python 2',
  ]);
  expect(await told({ ...names, 'setup.py': "python_requires = '>=2.6, <3'\n" })).toEqual(['P2 names.py Python 2']);
  expect(await told({ ...names, 'setup.py': "python_requires = '>=2.6, <3.9'\n" })).toEqual(['P0 names.py kept']);
  const both = { 'kitchen2/a.py': older['old.py'], 'kitchen3/a.py': 'x = 1\n', 'other2/a.py': older['names.py'] };
  expect(await told({ ...both, 'setup.py': 'python_requires = ">=3.8"\n' })).toEqual(['P0 other2/a.py kept', 'P2 kitchen2/a.py Python 2']);
  const newer = 'def f(a):\n    match a:\n        case 1:\n            return a\n';
  expect(
    await told({
      'pyproject.toml': '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9"\n',
      'a/run.py': newer,
      'gen.py': `#!/usr/bin/env python3\n${newer}`,
      'a/run.pyi': newer,
    }),
  ).toEqual(['P1 a/run.py kept', 'P2 gen.py started by hand']);
  expect(await told(names)).toEqual(['P2 names.py Python 2']);
  expect(await told({ ...names, 'newer.py': 'def greet(name):\n    return f"hello {name}"\n' })).toEqual(['P0 names.py kept']);
  expect(await told({ ...names, 'newer.py': '# Of async def there is none.\nTEXT = "f"\n' })).toEqual(['P2 names.py Python 2']);
  expect(await told({ 'old.py': older['old.py'], 'setup.cfg': '[metadata]\nrequires-python = >=2.5\n' })).toEqual(['P2 old.py Python 2']);
  expect(await told({ 'old.py': older['old.py'], 'setup.cfg': '[metadata]\nrequires-python = >=3.5\n' })).toEqual(['P1 old.py kept']);
  const once = { 'once.py': 'def g(rows):\n    if rows.has_key("q"):\n        return reduce(max, rows)\n' };
  expect(await told(once)).toEqual(['P2 once.py Python 2']);
  expect(await told({ ...once, 'setup.py': 'python_requires = ">=3.8"\n' })).toEqual(['P0 once.py kept']);
  const often = 'def g(a, b):\n    return unicode(a), long(b)\n\n\ndef h(n):\n    return list(xrange(n))\n';
  expect(await told({ 'often.py': often })).toEqual(['P2 often.py Python 2']);
  expect(await told({ ...older, 'setup.py': 'python_requires = ">=3.8"\n' })).toEqual([
    'P0 caught.py kept',
    'P0 mixed.py kept',
    'P0 names.py kept',
    'P1 old.py kept',
    'P1 shifted.py kept',
    'P1 torn.py kept',
  ]);
  expect(await told({ ...older, 'setup.py': 'python_requires = ">=2.7"\nuse_2to3 = True\n' })).toEqual(
    lowered.map((each) => (each === 'P1 torn.py kept' ? 'P2 torn.py Python 2' : each)).sort(),
  );
});

test('where a program has another logger, its messages are filled in as that one does it', async () => {
  const { findings } = await review(
    tree({
      'log.py': 'import logbook\n\n\ndef get_logger(name):\n    return logbook.Logger(name)\n',
      'other.py':
        'import logging\nfrom log import get_logger\n\nlog = get_logger("b")\nlogging.getLogger("b").setLevel(10)\n\n\ndef f(task):\n    log.debug("closing {}", task)\n',
      'standard.py': 'import logging\n\nlog = logging.getLogger("a")\n\n\ndef f(task):\n    log.debug("closing", task)\n',
    }),
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P1 standard.py kept',
    'P2 other.py other logger',
  ]);
});

test('what is near to it is told as loudly as before', async () => {
  const { findings } = await review(
    tree({
      'stepwise.py': 'def f(x, options={}):\n    if x:\n        options["x"] = x\n    return options.get("x")\n',
      'strict.js':
        "'use strict';\nconst all = require('./all');\n\nmodule.exports = function (argv) {\n  for (key in argv) all.push(key);\n};\n",
      'elsewhere.js':
        "const all = require('./all');\n\nexports.one = function (problem) {\n  problem = all[0];\n  return problem;\n};\nexports.two = function () {\n  return all.filter(problem);\n};\n",
    }),
  );
  expect(findings.map(({ priority, file, check }) => `${priority} ${file} ${check?.by ?? 'kept'}`).sort()).toEqual([
    'P1 elsewhere.js kept',
    'P1 strict.js kept',
    'P2 stepwise.py kept',
  ]);
});
