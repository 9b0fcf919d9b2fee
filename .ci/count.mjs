// Prints `N passed, N failed`, alone on the last line, from vitest's own report.
import { existsSync, readFileSync } from 'node:fs';

const anyFailure = process.argv[2] !== '0';
const file = new URL('../reports/vitest.json', import.meta.url);
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
const failed = report.numFailedTests === 0 && anyFailure ? 1 : report.numFailedTests;
console.log(`${report.numPassedTests} passed, ${failed} failed`);
