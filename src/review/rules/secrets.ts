import { poolFor, type Rule } from './rule.js';
import { vocabulary } from './vocabulary.js';

const base = {
  tool: 'secretlint',
  class: 'committed-secret',
  language: null,
  perspective: 'security',
  severity: 'critical',
  priority: 'P0',
  pool: poolFor('security', null),
  ...vocabulary['committed-secret'],
  fixer: null,
  inSupportFiles: 'lower',
  secret: true,
} as const;

/** Every rule of secretlint's preset, and the two kinds it does not know. */
export const secretRules: Rule[] = [
  {
    ...base,
    id: 'secretlint/secret',
    code: '',
    family: true,
    confidence: 0.9,
    why: 'A credential in the history is a credential published',
  },
  {
    ...base,
    id: 'secretlint/stripe',
    code: 'stripe',
    family: false,
    confidence: 0.95,
    why: 'Live keys of Stripe; the preset does not know them',
  },
  {
    ...base,
    id: 'secretlint/google',
    code: 'google',
    family: false,
    confidence: 0.85,
    priority: 'P2',
    severity: 'medium',
    why: 'Keys of Google; the preset does not know them. Those of pages and apps are public by design, and all that packages held were such',
  },
];
