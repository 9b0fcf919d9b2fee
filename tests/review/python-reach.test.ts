import { describe, expect, it } from 'vitest';
import { filesReached } from '../../src/review/analyzers/kept/python-reach.js';
import { inString, summarisePython } from '../../src/review/analyzers/kept/python-units.js';

const base = {
  'shop/prices.py':
    'from decimal import Decimal\n\n\ndef price(x):\n    return x * 2\n\n\ndef typed(x) -> int:\n    return x\n\n\nclass Tax:\n    def rate(self):\n        return 1\n',
  'shop/cart.py': 'from .prices import price, Tax\n\n\ndef total(x):\n    return price(x)\n\n\ndef tax():\n    return Tax()\n',
  'shop/page.py': 'import shop.cart\n\n\ndef show():\n    return shop.cart.total(3)\n',
  'shop/bill.py': 'from shop.cart import tax\n\nprint(tax().rate())\n',
  'shop/quiet.py': 'from shop import prices\n\nprint(prices.typed(3))\n',
  'shop/__init__.py': '',
  'tool.py': 'def price(x):\n    return x\n',
};

function reached(change: Partial<Record<keyof typeof base | 'json.py', string | null>>): string[] {
  const after: Record<string, string> = { ...base };
  for (const [file, text] of Object.entries(change)) {
    if (text === null) delete after[file];
    else if (text !== undefined) after[file] = text;
  }
  const summaries = (files: Record<string, string>) => new Map(Object.entries(files).map(([file, text]) => [file, summarisePython(text)]));
  // Many more files, so that a part of them is not most.
  const rest = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`rest/r${at}.py`, `def r${at}(): pass\n`]));
  return [...filesReached(summaries({ ...base, ...rest }), summaries({ ...after, ...rest }), new Set(Object.keys(change)))].sort();
}
const edit = (file: keyof typeof base, from: string, to: string) => ({ [file]: base[file].replace(from, to) });

describe('what a change of a Python file reaches', () => {
  it('is the file alone when only comments, blanks and documentation changed', () => {
    expect(reached(edit('shop/prices.py', 'def price(x):\n', '# cheap\n\ndef price( x ):\n    """Doubles."""\n'))).toEqual([
      'shop/prices.py',
    ]);
  });
  it('is who mentions a function, and who mentions what is made of it', () => {
    expect(reached(edit('shop/prices.py', 'x * 2', 'x * 3'))).toEqual(['shop/cart.py', 'shop/page.py', 'shop/prices.py']);
  });
  it('is nobody else when the function says what it returns', () => {
    expect(reached(edit('shop/prices.py', '-> int:\n    return x', '-> int:\n    return x + 1'))).toEqual(['shop/prices.py']);
    expect(reached(edit('shop/prices.py', '-> int:', '-> str:'))).toEqual(['shop/prices.py', 'shop/quiet.py']);
  });
  it('goes by a method of what another module hands on', () => {
    expect(reached(edit('shop/prices.py', 'def rate', 'async def rate'))).toEqual(['shop/bill.py', 'shop/prices.py']);
  });
  it('is nobody else when a name is new', () => {
    expect(reached(edit('shop/prices.py', 'class Tax', 'def newcomer():\n    pass\n\n\nclass Tax'))).toEqual(['shop/prices.py']);
  });
  it('is who imports a module that is gone', () => {
    expect(reached({ 'shop/prices.py': null })).toEqual(['shop/bill.py', 'shop/cart.py', 'shop/page.py', 'shop/quiet.py']);
  });
  it('is never less when the code cannot be told apart', () => {
    expect(reached(edit('shop/prices.py', 'def price(x)', 'def price(x'))).toEqual(
      expect.arrayContaining(['shop/cart.py', 'shop/page.py']),
    );
  });
});

describe('the summary of a Python file', () => {
  const names = (text: string) => summarisePython(text).units.flatMap((unit) => unit.names);
  it('knows what statements define', () => {
    expect(names('a = 1\nb: int = 2\nc, d = e = 3, 4\nif x:\n    f = 1\nelse:\n    def g(): pass\n')).toEqual(
      expect.arrayContaining(['a', 'b', 'c', 'd', 'e', 'f', 'g']),
    );
    expect(names('from a import b as c, d\nimport e.f as g\nimport h.i\n')).toEqual(expect.arrayContaining(['c', 'd', 'g', 'h']));
    expect(names('class A:\n    x = 1\n    def __init__(self):\n        self.y = 2\n')).toEqual(expect.arrayContaining(['A', 'x', 'y']));
  });
  it('reads words in strings, for annotations may stand there, but no documentation and no comments', () => {
    const { words } = summarisePython(
      'def f(x: "Thing"):\n    """Not Mentioned."""\n    y = 3  # Neither\n    z = []  # type: list[Typed]\n',
    );
    expect(words).toEqual(expect.arrayContaining(['Thing', 'Typed'].map(inString)));
    // A string may be a password.
    expect(words).not.toContain('Thing');
    expect(words).not.toContain('Mentioned');
    expect(words).not.toContain('Neither');
  });
});
