import { createRequire } from 'node:module';
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi';
import { type Language, languageOf } from '../languages.js';

let pythonReady = false;

/** Runs in a child. The syntax tree of a file, by its name's ending. */
export function parseSource(file: string, text: string): SgNode {
  const language = languageOf(file);
  if (language === 'python') {
    if (!pythonReady) registerDynamicLanguage({ python: createRequire(import.meta.url)('@ast-grep/lang-python') as PythonLanguage });
    pythonReady = true;
    return parse('python', text).root();
  }
  // The TSX grammar reads plain JavaScript and JSX alike; only in .ts files is `<T>value` a cast.
  return parse(/\.[cm]?ts$/i.test(file) ? Lang.TypeScript : Lang.Tsx, text).root();
}

type PythonLanguage = Parameters<typeof registerDynamicLanguage>[0][string];

/** What encloses a finding: kinds of nodes that have a name people use. */
export const scopeMatchers: Record<Language, { rule: object }> = {
  python: { rule: { any: [{ kind: 'function_definition' }, { kind: 'class_definition' }] } },
  typescript: {
    rule: {
      any: [
        { kind: 'function_declaration' },
        { kind: 'generator_function_declaration' },
        { kind: 'class_declaration' },
        { kind: 'abstract_class_declaration' },
        { kind: 'method_definition' },
        {
          kind: 'variable_declarator',
          has: { field: 'value', any: [{ kind: 'arrow_function' }, { kind: 'function_expression' }, { kind: 'class' }] },
        },
      ],
    },
  },
};
