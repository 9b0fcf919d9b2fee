import { parseCommit } from './commits.js';

export interface ChangelogEntry {
  version: string;
  /** `2026-11-21` */
  date: string;
  /** Messages since the last version. */
  commits: readonly string[];
  /** One line each, for what the run itself repaired. */
  fixes: readonly string[];
}

const header = `# Changelog

All notable changes to this project are documented in this file, in the format of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).
`;

/** Adds the entry above the last version's; a version that already has one leaves the text as it is. */
export function addChangelogEntry(text: string | null, entry: ChangelogEntry): string {
  const old = text === null || text.trim() === '' ? header : text;
  const eol = old.includes('\r\n') ? '\r\n' : '\n';
  const lines = old.split(/(?<=\n)/);
  const versions = headings(lines);
  if (versions.some(({ title }) => title === entry.version)) return old;
  const at = versions.find(({ title }) => !/^unreleased$/i.test(title))?.line ?? lines.length;
  const before = lines.slice(0, at).join('').trimEnd();
  const after = lines.slice(at).join('');
  const section = changelogSection(entry).replaceAll('\n', eol);
  return `${before}${before === '' ? '' : eol + eol}${section}${after === '' ? '' : eol + after}`;
}

/** `## [2.4.1] - 2026-11-21` and `## 2.4.1`, outside of code blocks. */
function headings(lines: string[]): { line: number; title: string }[] {
  const found: { line: number; title: string }[] = [];
  const isFence = (text: string) => /^ {0,3}(?:```|~~~)/.test(text);
  const closed = lines.filter(isFence).length % 2 === 0; // A fence without an end would hide all that follows.
  let fenced = false;
  for (const [line, text] of lines.entries()) {
    if (closed && isFence(text)) fenced = !fenced;
    const title = /^##[ \t]+\[?v?([^\]\s]+)\]?/.exec(text)?.[1];
    if (!fenced && title !== undefined) found.push({ line, title });
  }
  return found;
}

/** Also the text of a GitHub release. */
export function changelogSection({ version, date, commits, fixes }: ChangelogEntry): string {
  const groups = new Map<string, string[]>(['Breaking', 'Added', 'Changed', 'Fixed'].map((name) => [name, []]));
  const seen = new Set<string>();
  const add = (group: string, text: string) => {
    const line = tidy(text);
    if (line === '' || seen.has(line)) return;
    seen.add(line);
    groups.get(group)?.push(`- ${line}`);
  };
  for (const message of commits) {
    const { breaking, type, scope, subject, bump } = parseCommit(message);
    const group = breaking ? 'Breaking' : type === 'feat' ? 'Added' : type === 'fix' || type === 'security' ? 'Fixed' : 'Changed';
    if (bump !== null) add(group, scope ? `${scope}: ${subject}` : subject);
  }
  for (const fix of fixes) add('Fixed', fix);
  const parts = [...groups].filter(([, list]) => list.length > 0).map(([name, list]) => `### ${name}\n\n${list.join('\n')}\n`);
  return [`## [${version}] - ${date}\n`, ...(parts.length > 0 ? parts : ['No change that users notice.\n'])].join('\n');
}

/** One line without anything that a page would run or a reader would be pinged by. */
function tidy(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/[<>]/g, (character) => (character === '<' ? '&lt;' : '&gt;'));
  return line.length > 200 ? `${line.slice(0, 200).replace(/\s+\S*$/, '')} …` : line;
}
