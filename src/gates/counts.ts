import { z } from 'zod';
import type { TestCounts } from './gate.js';
import { attribute, childrenOf, elements, parseXml } from './xml.js';

const MAX_FAILURES = 20;

const Jest = z.object({
  numPassedTests: z.number().int().min(0),
  numFailedTests: z.number().int().min(0),
  numPendingTests: z.number().int().min(0),
  numTodoTests: z.number().int().min(0).default(0),
  numRuntimeErrorTestSuites: z.number().int().min(0).default(0),
  testResults: z
    .array(z.object({ assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })).default([]) }))
    .default([]),
});

/** Counts of a report file: JUnit XML, or the JSON that jest and vitest write. Null when it is neither, or cut short. */
export function readReport(text: string): TestCounts | null {
  const start = text.trimStart();
  if (start.startsWith('<')) return fromJUnit(start);
  if (start.startsWith('{')) return fromJest(start);
  return null;
}

function fromJUnit(text: string): TestCounts | null {
  const roots = parseXml(text);
  const suites = [...elements(roots, 'testsuites'), ...elements(roots, 'testsuite')];
  if (suites.length === 0) return null;
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  let broken = 0;
  const open = suites.map((node) => ({ node, top: true }));
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { node, top } = at;
    const children = childrenOf(node);
    const isSuite = Object.hasOwn(node, 'testsuite');
    // A suite can fail outside of any test (a hook, an import): it is then only in the suite's own numbers.
    if (top && (isSuite || elements(children, 'testsuite').length === 0)) broken += suiteFailures(node);
    for (const child of children) {
      if (Object.hasOwn(child, 'testsuite')) open.push({ node: child, top: top && !isSuite });
      if (Object.hasOwn(child, 'testcase')) countCase(child, counts);
    }
  }
  counts.failed = Math.max(counts.failed, broken);
  return counts;
}

function countCase(node: Parameters<typeof childrenOf>[0], counts: TestCounts): void {
  const inside = childrenOf(node);
  if (elements(inside, 'failure').length > 0 || elements(inside, 'error').length > 0) {
    counts.failed += 1;
    const name = [attribute(node, 'classname'), attribute(node, 'name')].filter((part) => part && part !== 'test').join(' › ');
    if (counts.failures.length < MAX_FAILURES) counts.failures.push(shorten(name || 'unnamed test'));
  } else if (elements(inside, 'skipped').length > 0) counts.skipped += 1;
  else counts.passed += 1;
}

function suiteFailures(node: Parameters<typeof childrenOf>[0]): number {
  const sum = Number(attribute(node, 'failures') ?? 0) + Number(attribute(node, 'errors') ?? 0);
  return Number.isFinite(sum) ? sum : 0;
}

function fromJest(text: string): TestCounts | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const report = Jest.safeParse(parsed);
  if (!report.success) return null;
  const { data } = report;
  const failures = data.testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === 'failed');
  return {
    passed: data.numPassedTests,
    failed: data.numFailedTests + data.numRuntimeErrorTestSuites,
    skipped: data.numPendingTests + data.numTodoTests,
    failures: failures.slice(0, MAX_FAILURES).map((test) => shorten(test.fullName)),
  };
}

/** Counts of the summary a runner prints itself, for the case that it could not be asked for a report. */
export function readOutput(output: string): TestCounts | null {
  const text = output.replaceAll('\r', '');
  return (
    fromGoJson(text) ?? fromNode(text) ?? fromCargo(text) ?? fromPytest(text) ?? fromMocha(text) ?? fromVitest(text) ?? fromUnittest(text)
  );
}

/** `# pass 3` (TAP) or `ℹ pass 3` (spec), once for each run in the output. */
function fromNode(text: string): TestCounts | null {
  if (!/^[#ℹ] tests \d+$/m.test(text)) return null;
  const sum = (word: string) => total(text, new RegExp(`^[#ℹ] ${word} (\\d+)$`, 'gm'));
  const failures = [...text.matchAll(/^\s*not ok \d+ - (.+)$/gm)].map((match) => shorten(match[1] ?? ''));
  return counted(sum('pass'), sum('fail') + sum('cancelled'), sum('skipped') + sum('todo'), failures);
}

function fromCargo(text: string): TestCounts | null {
  const summary = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
  if (text.search(summary) === -1) return null;
  const failures = [...text.matchAll(/^test (.+) \.\.\. FAILED$/gm)].map((match) => shorten(match[1] ?? ''));
  return counted(total(text, summary, 1), total(text, summary, 2), total(text, summary, 3), failures);
}

/** The last line of pytest: `== 2 failed, 3 passed, 1 skipped in 0.12s ==`, with or without the signs. */
function fromPytest(text: string): TestCounts | null {
  const line = [...text.matchAll(/^(?:=+ )?((?:no tests ran|\d+ [a-z]+(?:, )?)+.*) in [\d.]+s(?: \([\d:]+\))?(?: =+)?$/gm)].at(-1)?.[1];
  if (!line) return null;
  const of = (words: string) => total(line, new RegExp(`(\\d+) (?:${words})\\b`, 'g'));
  const failures = [...text.matchAll(/^(?:FAILED|ERROR) (\S+)/gm)].map((match) => shorten(match[1] ?? ''));
  return counted(of('passed|xpassed'), of('failed|errors?'), of('skipped|xfailed|deselected'), failures);
}

function fromMocha(text: string): TestCounts | null {
  if (!/^\s*\d+ passing \(/m.test(text)) return null;
  const of = (word: string) => total(text, new RegExp(`^\\s*(\\d+) ${word}\\b`, 'gm'));
  return counted(of('passing'), of('failing'), of('pending'), []);
}

/** vitest's `Tests  1 failed | 3 passed (4)` and jest's `Tests: 1 failed, 3 passed, 4 total`. */
function fromVitest(text: string): TestCounts | null {
  const lines = [...text.matchAll(/^\s*Tests:?\s+(\d+ .*)$/gm)].map((match) => match[1] ?? '').join('\n');
  if (!/\d+ (?:passed|failed|skipped)/.test(lines)) return null;
  const of = (words: string) => total(lines, new RegExp(`(\\d+) (?:${words})\\b`, 'g'));
  return counted(of('passed'), of('failed'), of('skipped|todo'), []);
}

function fromUnittest(text: string): TestCounts | null {
  const ran = /^Ran (\d+) tests? in [\d.]+s$/m.exec(text);
  const verdict = /^(?:OK|FAILED)(?: \((.*)\))?$/m.exec(text);
  if (!ran || !verdict) return null;
  const of = (word: string) => total(verdict[1] ?? '', new RegExp(`\\b${word}=(\\d+)`, 'g'));
  const failed = of('failures') + of('errors') + of('unexpected successes');
  const skipped = of('skipped') + of('expected failures');
  const failures = [...text.matchAll(/^(?:FAIL|ERROR): (.+)$/gm)].map((match) => shorten(match[1] ?? ''));
  return counted(Math.max(0, Number(ran[1]) - failed - skipped), failed, skipped, failures);
}

const GoEvent = z.object({ Action: z.string(), Test: z.string().optional(), Package: z.string().optional() });

/** `go test -json`: one event a line. A package that fails without a failed test did not build, and counts as one failure. */
function fromGoJson(text: string): TestCounts | null {
  if (!/^\{"(?:Time|Action|ImportPath)"/m.test(text)) return null;
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const packagesWithFailures = new Set<string>();
  const failedPackages: string[] = [];
  for (const line of text.split('\n')) {
    const event = goEvent(line);
    if (!event) continue;
    if (event.Test === undefined) {
      if (event.Action === 'fail') failedPackages.push(event.Package ?? '');
    } else if (event.Action === 'pass') counts.passed += 1;
    else if (event.Action === 'skip') counts.skipped += 1;
    else if (event.Action === 'fail') {
      packagesWithFailures.add(event.Package ?? '');
      counts.failures.push(shorten(`${event.Package ?? ''} ${event.Test}`.trim()));
    }
  }
  counts.failures.push(
    ...failedPackages.filter((name) => !packagesWithFailures.has(name)).map((name) => `${name} (did not build or crashed)`),
  );
  return counted(counts.passed, counts.failures.length, counts.skipped, counts.failures);
}

function goEvent(line: string): z.infer<typeof GoEvent> | null {
  if (!line.startsWith('{')) return null;
  try {
    return GoEvent.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function counted(passed: number, failed: number, skipped: number, failures: string[]): TestCounts {
  return { passed, failed, skipped, failures: failures.slice(0, MAX_FAILURES) };
}

function total(text: string, pattern: RegExp, group = 1): number {
  let sum = 0;
  for (const match of text.matchAll(pattern)) sum += Number(match[group] ?? 0);
  return sum;
}

function shorten(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names of tests come from the repository and are shown to people.
  const plain = name.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return plain.length > 200 ? `${plain.slice(0, 199)}…` : plain;
}
