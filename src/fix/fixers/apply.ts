// Child process: works out the new text of one file. It writes nothing; its parent does, after a look at the answer.
import type { AstGrepRule } from '../../review/analyze.js';
import type { PackFix } from '../../review/rules/pack.js';

export type ApplyRequest =
  | { fixer: 'ruff'; folder: string; file: string; text: string; code: string }
  | { fixer: 'ast-grep'; file: string; text: string; rule: AstGrepRule; fix: PackFix[] };

/** `problem` is set when the text would still have, or newly have, a defect: then the fix failed. */
export interface ApplyAnswer {
  text: string;
  applied: number;
  problem: string | null;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ApplyRequest;
process.stdout.write(JSON.stringify(await apply(request)));

async function apply(request: ApplyRequest): Promise<ApplyAnswer> {
  if (request.fixer === 'ruff') return (await import('./apply-ruff.js')).applyRuff(request);
  return (await import('./apply-ast-grep.js')).applyAstGrep(request);
}
