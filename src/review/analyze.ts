// Child process: runs one analyzer that is a library over the files it is told, so that neither its memory nor its crash is the
// bot's. Started by analyzers/in-child.ts; its parent is the only one who writes to it, and checks what it prints.
import type { CheckSection } from './flow/checks/section.js';
import type { FlowSection } from './flow/engine/rule.js';
import type { AnalyzerAnswer } from './hit.js';

export type AnalyzeRequest =
  | { analyzer: 'ruff'; folder: string; files: string[]; select: string[] }
  | { analyzer: 'ast-grep'; folder: string; files: string[]; rules: AstGrepRule[]; scopes: boolean }
  | { analyzer: 'secretlint'; folder: string; files: string[] };

export interface AstGrepRule {
  id: string;
  language: 'python' | 'typescript';
  requires: string;
  /** For ast-grep; null when the rule follows data or is one of our checks. */
  matcher: object | null;
  flow?: FlowSection;
  check?: CheckSection;
  fixable: boolean;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as AnalyzeRequest;
const answer = await analyze(request);
process.stdout.write(JSON.stringify(answer));

async function analyze(request: AnalyzeRequest): Promise<AnalyzerAnswer> {
  // Loaded one by one: each is heavy, and a child needs only its own.
  if (request.analyzer === 'ruff') return (await import('./analyzers/ruff.js')).runRuff(request);
  if (request.analyzer === 'ast-grep') return (await import('./analyzers/ast-grep.js')).runAstGrep(request);
  return (await import('./analyzers/secretlint.js')).runSecretlint(request);
}
