import type { Finding } from '../review/finding.js';

const MAX_SUBJECT = 100;

/** `fix(security): unsafe call of eval (MHV-012)`, as Conventional Commits want it (RL-1 reads them). */
export function commitMessage({
  finding,
  issueId,
  fixer,
  summary,
}: {
  finding: Finding;
  issueId: string;
  fixer: string;
  summary: string;
}): string {
  const before = `fix(${finding.pool}): `;
  const after = ` (${issueId})`;
  const title = oneLine(finding.title);
  const room = MAX_SUBJECT - before.length - after.length;
  const subject = `${before}${title.length > room ? `${title.slice(0, room - 1).trimEnd()}…` : title}${after}`;
  const body = oneLine(summary).slice(0, 1_000);
  return `${subject}\n\n${body ? `${body}\n\n` : ''}Rule: ${oneLine(finding.rule)}\nFixer: ${oneLine(fixer)}\n`;
}

/** Titles come from repositories and agents: no line of theirs may become a trailer of ours. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
