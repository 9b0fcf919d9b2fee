import type { SgNode } from '@ast-grep/napi';
import { dropped, endOf, escaped, functionAround, holds, kinds, lineOf, named, outward, startOf, type Verdict } from './nodes.js';

/** Python: `"name" in locals()` around a use of the name, and `if "name" not in globals(): raise …` before it. */
export function askedFirst(node: SgNode, root: SgNode, name: string, by: string): Verdict | null {
  const isThere = new RegExp(`["']${escaped(name)}["'] in (globals|locals|vars|dir)\\(\\)`);
  const guarded = outward(node).find((each) => isThere.test(conditionOf(each, node)?.text() ?? ''));
  if (guarded) return dropped(by, `line ${lineOf(guarded)} asks first whether the name is there`);
  const isMissing = new RegExp(`["']${escaped(name)}["'] not in (globals|locals|vars|dir)\\(\\)(?![^\\n]{0,200}\\band\\b)`);
  const left = kinds(functionAround(node) ?? root, 'if_statement').find(
    (each) =>
      endOf(each) <= startOf(node) && isMissing.test(each.field('condition')?.text() ?? '') && leaves(each.field('consequence') ?? each),
  );
  return left ? dropped(by, `line ${lineOf(left)} leaves where the name is not there`) : null;
}

/** What holds where the use stands, as far as this node says it. */
function conditionOf(around: SgNode, use: SgNode): SgNode | null {
  switch (String(around.kind())) {
    case 'if_statement':
    case 'elif_clause': {
      const block = around.field('consequence');
      return block && holds(block, use) ? around.field('condition') : null;
    }
    case 'boolean_operator':
      return around.field('operator')?.text() === 'and' ? around.field('left') : null;
    case 'conditional_expression': {
      const [value, condition] = named(around);
      return value && condition && holds(value, use) ? condition : null;
    }
    default:
      return null;
  }
}

const leaves = (block: SgNode): boolean => /^(?:raise|return|continue)\b/.test(named(block).at(-1)?.text() ?? '');
