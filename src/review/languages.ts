export type Language = 'python' | 'typescript';

const extensions: Record<string, Language> = {
  py: 'python',
  pyi: 'python',
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  js: 'typescript',
  mjs: 'typescript',
  cjs: 'typescript',
  jsx: 'typescript',
};

/** JavaScript counts as TypeScript: the same tools, agents and pools look after both. */
export function languageOf(file: string): Language | null {
  return extensions[file.slice(file.lastIndexOf('.') + 1).toLowerCase()] ?? null;
}

/** Places where a defect harms nobody in production: what is reported there is lowered or left out. */
export function isSupportFile(file: string): boolean {
  return (
    /(^|\/)(tests?\d?|testing|test[_-]?(?:utils?|helpers?)|testsuites?|(?:unit|integration|functional|manual|i)[_-]?tests?|__tests__|specs?|e2e|fixtures?|__fixtures__|testdata|mocks?|__mocks__|expected|__snapshots__|docs?|examples?|examples?_\w+|samples?|demos?|tutorials?|\w*benchmarks?|bench)\//i.test(
      file,
    ) ||
    /^t\/|(^|\/)crates\/[^/]+\/resources\//.test(file) ||
    /(^|\/)(tests?|_testing|test_[^/]*|[^/]*_test|conftest|pytest_plugin)\.py$/i.test(file) ||
    /\.(test|spec|tst)(-d)?\.[cm]?[jt]sx?$/i.test(file) ||
    /(^|\/)([\w-]*[_-]bench(mark)?s?|bench(mark)?s?[_-][\w-]+)\.([cm]?[jt]sx?|py)$/i.test(file) ||
    /(^|\/)(examples?|demos?)([_-]\w+)?\.([cm]?[jt]sx?|py)$/i.test(file) ||
    /(^|[/_-])tests?\.[cm]?[jt]sx?$|_spec\.[cm]?[jt]sx?$/i.test(file) ||
    /\.(md|mdx|rst|adoc)$/i.test(file) ||
    /_test\.(cc|cpp|cxx|c|go|rs)$/.test(file) ||
    // What a package for Python says of itself: its README, most of all.
    /(^|\/)PKG-INFO$|\.dist-info\/METADATA$/.test(file)
  );
}
