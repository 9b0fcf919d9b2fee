/** A file a change touched; null where it does not exist on that side. */
export interface ChangedText {
  path: string;
  before: string | null;
  after: string | null;
}

export interface Weakening {
  file: string;
  /** In words: `2 tests removed`, … */
  what: string;
}

const testPath =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e)\/|[._-](?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)test_[^/]*\.py$|_test\.(?:py|go|rs)$|(?:^|\/)conftest\.py$/i;

const testsOf: readonly RegExp[] = [
  /\b(?:it|test|specify)(?:\.(?:each|concurrent|sequential|fails)\b)?\s*(?:\(|`)/g,
  /^\s*(?:async\s+)?def\s+test\w*\s*\(/gm,
  /^func\s+(?:Test|Fuzz|Example)\w*\s*\(/gm,
  /#\[(?:\w+::)*test\b/g,
];
const skipsOf: readonly RegExp[] = [
  /\b(?:it|test|describe|suite|context|specify)\.(?:skip|only|todo|skipIf|runIf|fixme)\b/g,
  /\b(?:x(?:it|test|describe)|f(?:it|describe))\s*\(/g,
  /[{,]\s*(?:skip|todo|only)\s*:\s*(?!false)/g,
  /@(?:pytest\.mark\.(?:skip|skipif|xfail)|unittest\.(?:skip\w*|expectedFailure))\b/g,
  /\b(?:pytest\.(?:skip|xfail)|self\.skipTest|importorskip)\s*\(/g,
  /\b[tb]\.(?:Skip|SkipNow|Skipf)\s*\(|\bt\.(?:skip|todo)\s*\(/g,
  /#\[ignore\b/g,
];
const assertionsOf: readonly RegExp[] = [
  /\bexpect(?:TypeOf|\.soft|\.poll)?\s*\(/g,
  /\bassert(?:_\w+!?|!|\.\w+(?:\.\w+)?)?\s*\(/g,
  /^\s*assert\s+(?!\()/gm,
  /\bself\.assert\w+\s*\(/g,
  /\bpytest\.raises\b/g,
  /\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow|assert\.\w+)\s*\(/g,
  /\.should\b/g,
];
/** Assertions that cannot fail: put in the place of one that could, they keep the count. */
const emptyAssertionsOf: readonly RegExp[] = [
  /\bexpect\s*\(\s*(true|false|null|\d+|'[^']*')\s*\)\s*\.(?:toBe|toEqual|toStrictEqual)\s*\(\s*\1\s*\)|\bexpect\s*\(\s*true\s*\)\s*\.toBeTruthy/g,
  /\bassert(?:\.ok)?\s*\(\s*(?:true|1)\s*[,)]/g,
  /^\s*assert\s+(?:True|1)\b/gm,
  /\bself\.assertTrue\s*\(\s*True\s*[,)]/g,
  /\bassert!\s*\(\s*true\s*[,)]/g,
];

/** How a change weakened tests: removed them, skipped them, or took assertions out (FX-5). By counting, so only a hint for a person. */
export function weakenedTests(files: readonly ChangedText[]): Weakening[] {
  return files.flatMap(({ path, before, after }) => {
    if (before === null || (!testPath.test(path) && !/#\[(?:\w+::)*test\b/.test(before))) return [];
    const [old, now] = [withoutComments(path, before), withoutComments(path, after ?? '')];
    const loss = (patterns: readonly RegExp[]) => count(old, patterns) - count(now, patterns);
    const tests = loss(testsOf);
    if (after === null)
      return [{ file: path, what: tests > 0 ? `the file with its ${many(tests, 'test')} was removed` : 'the file was removed' }];
    const found: Weakening[] = [];
    const say = (what: string) => found.push({ file: path, what });
    if (tests > 0) say(`${many(tests, 'test')} removed`);
    if (loss(skipsOf) < 0) say(`${many(-loss(skipsOf), 'test')} skipped or narrowed`);
    if (loss(assertionsOf) > 0) say(`${many(loss(assertionsOf), 'assertion')} removed`);
    if (loss(emptyAssertionsOf) < 0) say(`${many(-loss(emptyAssertionsOf), 'assertion')} added that cannot fail`);
    return found;
  });
}

const count = (text: string, patterns: readonly RegExp[]) => patterns.reduce((sum, pattern) => sum + (text.match(pattern)?.length ?? 0), 0);
const many = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;

/** A test that was commented out is a test that was removed. */
function withoutComments(path: string, text: string): string {
  if (/\.py$/i.test(path)) return text.replace(/^\s*#.*$/gm, '');
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
