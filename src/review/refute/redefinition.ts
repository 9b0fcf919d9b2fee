import { dropped, type Examined, enclosing, lineOf, named, outward, type Verdict } from './nodes.js';

/** A name that is first announced with None in it loses nothing when it is defined. */
export function announced({ language, node }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const definition = enclosing(node, 'function_definition', 'class_definition');
  const name = definition?.field('name')?.text();
  const block =
    definition &&
    outward(definition)
      .find((each) => ['block', 'module'].includes(String(each.parent()?.kind())))
      ?.parent();
  if (!definition || !name || !block) return null;
  const before = named(block)
    .filter((each) => each.range().end.index <= definition.range().start.index)
    .flatMap((each) => (String(each.kind()) === 'expression_statement' ? named(each) : [each]))
    .filter((each) => (each.field('left') ?? each.field('name') ?? each.field('definition')?.field('name'))?.text() === name);
  const [first, ...others] = before;
  if (!first || others.length > 0 || String(first.kind()) !== 'assignment' || first.field('right')?.text() !== 'None') return null;
  return dropped('announced before', `line ${lineOf(first)} only announces ${name}, with None in it`);
}
