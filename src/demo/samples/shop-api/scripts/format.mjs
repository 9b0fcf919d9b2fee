// A formatter small enough to read: no blanks at the end of a line, exactly one line end at the end of a file, no tabs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const write = process.argv.includes('--write');
const folders = ['src', 'test', 'scripts'];

const tidy = (text) =>
  `${text
    .split(/\r?\n/)
    .map((line) => line.replace(/\t/g, '  ').trimEnd())
    .join('\n')
    .trimEnd()}\n`;

const untidy = folders
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => /\.(js|mjs|ts)$/.test(path))
  .filter((path) => {
    const text = readFileSync(path, 'utf8');
    if (write && tidy(text) !== text) writeFileSync(path, tidy(text));
    return tidy(text) !== text;
  });

for (const path of untidy) console.log(`${write ? 'tidied' : 'untidy'}: ${path}`);
process.exitCode = untidy.length > 0 && !write ? 1 : 0;
