import { join } from 'node:path';

export interface Instrumented {
  line: string;
  /** Where the runner was told to write its counts; null when it could not be asked. */
  report: string | null;
  coverage: string | null;
  /** The line names programs of the repository's own packages, so these must be found as `npm run` would find them. */
  needsPackagePath: boolean;
  coverageSkip?: (file: string) => boolean;
}

/**
 * Adds to a known test runner the flags that make it write its counts where we can read them (GT-4): outside the
 * checkout, so that nothing in the repository can stand in for them. Any other line is left as it is.
 */
export function instrument({ run, script, scratch }: { run: string; script?: string | undefined; scratch: string }): Instrumented {
  const source = (script ?? run).trim();
  const plain: Instrumented = { line: run, report: null, coverage: null, needsPackagePath: false };
  const { before, last } = lastCommand(source);
  if (last === null) return plain;

  const junit = join(scratch, 'tests.xml');
  const node =
    /^((?:\S+=\S+ |cross-env |c8 |nyc )*node (?:(?:--import|--require|-r|--loader|--experimental-loader|--conditions|-C) \S+ |--?\S+ )*?--test)(?=\s|$)(.*)$/.exec(
      last,
    );
  if (node && !/--test-reporter|--watch/.test(last)) {
    // Options of node stand before the files, so they cannot be appended by `npm test --`.
    const lcov = join(scratch, 'lcov.info');
    const covers = !/\b(?:c8|nyc)\b|--experimental-test-coverage/.test(last);
    const flags = [reporter('spec', 'stdout'), reporter('junit', junit)];
    if (covers) flags.push('--experimental-test-coverage', reporter('lcov', lcov));
    const line = `${before}${node[1]} ${flags.join(' ')}${node[2]}`;
    return { line, report: junit, coverage: covers ? lcov : null, needsPackagePath: true, coverageSkip: isTestFile };
  }

  const append = (flags: string[]) => (script === undefined ? `${run} ${flags.join(' ')}` : `${run} -- ${flags.join(' ')}`);
  if (/^(?:\S+=\S+ |cross-env |npx (?:--no-install |--no )?)*vitest\b/.test(last) && !/--reporter|--outputFile/.test(last)) {
    const folder = join(scratch, 'coverage');
    const covers = /--coverage\b/.test(last);
    const flags = ['--reporter=default', '--reporter=junit', `--outputFile.junit=${quote(junit)}`];
    if (covers) flags.push('--coverage.reporter=json-summary', `--coverage.reportsDirectory=${quote(folder)}`);
    return { ...plain, line: append(flags), report: junit, coverage: covers ? join(folder, 'coverage-summary.json') : null };
  }
  if (/^(?:\S+=\S+ |cross-env |npx (?:--no-install |--no )?)*jest\b/.test(last) && !/--json|--outputFile/.test(last)) {
    const folder = join(scratch, 'coverage');
    const report = join(scratch, 'tests.json');
    const covers = /--coverage\b/.test(last);
    const flags = ['--json', `--outputFile=${quote(report)}`];
    if (covers) flags.push('--coverageReporters=json-summary', `--coverageDirectory=${quote(folder)}`);
    return { ...plain, line: append(flags), report, coverage: covers ? join(folder, 'coverage-summary.json') : null };
  }
  if (
    script === undefined &&
    /^(?:\S+=\S+ |(?:uv|poetry|pdm|hatch) run )*(?:\S*python3? -m )?pytest\b/.test(last) &&
    !/--junit-?xml/.test(last)
  ) {
    const json = join(scratch, 'coverage.json');
    const covers = /--cov\b/.test(last);
    const flags = [`--junitxml=${quote(junit)}`, ...(covers ? [`--cov-report=json:${quote(json)}`] : [])];
    return { ...plain, line: `${run} ${flags.join(' ')}`, report: junit, coverage: covers ? json : null };
  }
  return plain;
}

const reporter = (name: string, destination: string) => `--test-reporter=${name} --test-reporter-destination=${quote(destination)}`;

/** `a && b` → `a && ` and `b`. A line with any other shell syntax is not taken apart: its last command cannot be told for sure. */
function lastCommand(line: string): { before: string; last: string | null } {
  if (/[|;<>`\n]|\$\(|(?<!&)&(?!&)/.test(line)) return { before: '', last: null };
  const at = line.lastIndexOf('&&');
  return at === -1 ? { before: '', last: line } : { before: `${line.slice(0, at + 2)} `, last: line.slice(at + 2).trim() };
}

/** Node counts the tests' own files too; they are always covered, and would hide what is not. */
function isTestFile(file: string): boolean {
  return /(?:^|[/\\])(?:tests?|__tests__|node_modules)[/\\]|[._-]test\.[cm]?[jt]sx?$|[/\\]test\.[cm]?[jt]s$/.test(file);
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
