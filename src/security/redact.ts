/**
 * Replaces whatever looks like a secret. Meant to be run over everything that leaves the process (logs, messages, stored
 * output), so it errs on the side of hiding: a false alarm costs a word, a miss costs a key.
 */
export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}

const hidden = '[redacted]';

const patterns: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]{1,20000}?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g, hidden],
  [/\bxox[a-z](?:\.[a-z]+)?-[\w-]{8,}/gi, hidden],
  [/\bxapp-[\w-]{8,}/gi, hidden],
  [/\b(?:gh[a-z]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,})/g, hidden],
  [/\bnpm_\w{16,}/g, hidden],
  [/\bpypi-[\w-]{16,}/g, hidden],
  [/\b(?:sk|rk|pk)[-_](?:live|test|ant|proj|svcacct)?[-_]?[\w-]{16,}/g, hidden],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hidden],
  [/\bAIza[\w-]{30,}/g, hidden],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, hidden],
  [/\bhooks\.slack\.com\/(?:services|triggers|workflows)\/[\w/-]+/g, `hooks.slack.com/${hidden}`],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"'<>]{0,200}):[^\s/@"'<>]{1,500}@/gi, `$1:${hidden}@`],
  [/\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s+)?)[^\s"',;]{4,}/gi, `$1${hidden}`],
  [/\b(bearer\s+)[\w.~+/=-]{12,}/gi, `$1${hidden}`],
  [
    /((?:pass(?:word|wd)?|secret|api[_-]?key|access[_-]?key|auth[_-]?token|_authToken|(?:access|refresh|bot|client)[_-]?token|token|private[_-]?key)["']?\s*[:=]\s*)("[^"\n]{4,}"|'[^'\n]{4,}'|[^\s"',;&]{6,})/gi,
    `$1${hidden}`,
  ],
];
