import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { oneLine, type Question } from './engine.js';

/** What a reviewer may do. `StructuredOutput` is how the SDK takes the answer. */
export const readOnlyTools = ['Read', 'Grep', 'Glob'] as const;

const text = z.string().max(4_096);
const Inputs = {
  Read: z.object({ file_path: text }),
  Grep: z.object({ path: text.optional(), glob: text.optional() }),
  Glob: z.object({ pattern: text, path: text.optional() }),
} as const;

/** Decides about each call of a tool: only reading, only the files that were handed over. Everything else is refused and remembered. */
export function toolGuard({ folder, files }: Pick<Question, 'folder' | 'files'>) {
  const root = realpathSync(folder);
  const known = new Set(files);
  const refused: string[] = [];

  const whyNot = (tool: string, input: unknown): string | null => {
    if (tool === 'StructuredOutput') return null;
    if (!isReadOnly(tool)) return `${tool} is not allowed: a reviewer only reads`;
    const parsed = Inputs[tool].safeParse(input);
    if (!parsed.success) return `${tool} was called with something else than it takes`;
    const asked: { file_path?: string; path?: string | undefined; pattern?: string; glob?: string | undefined } = parsed.data;
    if (asked.file_path !== undefined) {
      const file = inside(asked.file_path);
      if (file === null || !known.has(file)) return `${tool} is not allowed outside of the files under review`;
    }
    if (asked.path !== undefined && inside(asked.path) === null) return `${tool} is not allowed outside of the files under review`;
    for (const pattern of [asked.pattern, asked.glob]) {
      if (pattern !== undefined && leads(pattern)) return `${tool} is not allowed outside of the files under review`;
    }
    return null;
  };

  /** The path relative to the tree, with forward slashes; null when it leads out of it. */
  const inside = (path: string): string | null => {
    if (path.includes('\0') || path.startsWith('~')) return null;
    const way = relative(root, resolve(root, isAbsolute(path) && path.startsWith(folder) ? root + path.slice(folder.length) : path));
    return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way.split(sep).join('/');
  };

  const decide = (tool: string, input: unknown): string | null => {
    const reason = whyNot(tool, input);
    if (reason !== null) refused.push(oneLine(`${tool} ${JSON.stringify(input) ?? ''}`, 200));
    return reason;
  };

  return {
    refused,
    hook: async (call: unknown) => {
      const { tool_name, tool_input } = z.object({ tool_name: z.string(), tool_input: z.unknown() }).parse(call);
      const reason = decide(tool_name, tool_input);
      return {
        hookSpecificOutput: {
          hookEventName: 'PreToolUse',
          permissionDecision: reason === null ? 'allow' : 'deny',
          ...(reason === null ? {} : { permissionDecisionReason: reason }),
        },
      };
    },
    canUseTool: async (tool: string, input: unknown) => {
      const reason = whyNot(tool, input);
      return reason === null ? { behavior: 'allow', updatedInput: input } : { behavior: 'deny', message: reason };
    },
  };
}

const isReadOnly = (tool: string): tool is keyof typeof Inputs => Object.hasOwn(Inputs, tool);

/** Whether a pattern of file names could match outside of the folder it is used in. */
function leads(pattern: string): boolean {
  // Also as an alternative of dots alone, which would be joined to others: `.{.,x}/y`.
  return isAbsolute(pattern) || /^[A-Za-z]:|^~|\\|\0|[{,]\.{1,2}[,}/]|\[\.\]/.test(pattern) || pattern.split(/[/{},]/).includes('..');
}
