// Child process: runs one analyzer that is a library over the files it is told, one after the other, so that neither its memory nor
// its crash is the bot's. It prints a line when it is ready and one for each file, so that its parent knows at which file it ended.
// Started by analyzers/in-child.ts; its parent is the only one who writes to it, and checks what it prints.
import type { CheckSection } from './flow/checks/section.js';
import type { FlowSection } from './flow/engine/rule.js';
import type { AnalyzerAnswer } from './hit.js';

export type AnalyzeRequest =
  | { analyzer: 'ruff'; folder: string; files: string[]; select: string[] }
  | { analyzer: 'ast-grep'; folder: string; files: string[]; rules: AstGrepRule[]; scopes: boolean; acrossFiles: boolean }
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
const look = await load(request);
await say({ ready: true });
for (const file of request.files) {
  const answer = await look(file).catch((error: unknown) => unreadable(file, error));
  await say({ file, ...answer });
}

async function load(request: AnalyzeRequest): Promise<(file: string) => Promise<AnalyzerAnswer>> {
  // Loaded one by one: each is heavy, and a child needs only its own.
  if (request.analyzer === 'ruff') {
    const look = (await import('./analyzers/ruff.js')).openRuff(request);
    return async (file) => look(file);
  }
  if (request.analyzer === 'ast-grep') {
    const { lookAcross, openAstGrep } = await import('./analyzers/ast-grep.js');
    return request.acrossFiles ? lookAcross(request) : openAstGrep(request);
  }
  const { findSecrets } = await import('./analyzers/secretlint.js');
  return (file) => findSecrets(request.folder, file);
}

function unreadable(file: string, error: unknown): AnalyzerAnswer {
  const code = (error as NodeJS.ErrnoException).code;
  return { hits: [], unreadable: [{ file, message: code ?? (error instanceof Error ? error.name : 'unknown error') }] };
}

/** Waits until the line has left this process: what it dies of next must not take the line with it. */
function say(line: object): Promise<void> {
  return new Promise((resolve, reject) =>
    process.stdout.write(`${JSON.stringify(line)}\n`, (error) => (error ? reject(error) : resolve())),
  );
}
