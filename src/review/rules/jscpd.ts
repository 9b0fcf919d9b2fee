import { poolFor, type Rule } from './rule.js';
import { vocabulary } from './vocabulary.js';

/** One rule: a block of code that stands in more than one place. */
export const jscpdRules: Rule[] = [
  {
    id: 'jscpd/duplicate',
    tool: 'jscpd',
    code: 'duplicate',
    family: false,
    class: 'duplicated-code',
    language: null,
    perspective: 'architect',
    severity: 'low',
    priority: 'P2',
    pool: poolFor('architect', null),
    confidence: 0.7,
    ...vocabulary['duplicated-code'],
    fixer: null,
    why: 'A defect corrected in one of the copies stays in the others; only blocks of a size that nobody writes twice by chance',
    inSupportFiles: 'skip',
    secret: false,
  },
];
