import type { Perspective } from './finding.js';
import type { Language } from './languages.js';
import type { Rule } from './rules/rule.js';

export interface Agent {
  name: string;
  perspective: Perspective;
  /** Null: looks at every language. */
  language: Language | null;
}

/** The default agents (RV-1): one per perspective, the language one split because its tools and its fixers' pools differ. */
export const agents: readonly Agent[] = [
  { name: 'architect', perspective: 'architect', language: null },
  { name: 'security', perspective: 'security', language: null },
  { name: 'language-python', perspective: 'language', language: 'python' },
  { name: 'language-typescript', perspective: 'language', language: 'typescript' },
  { name: 'performance', perspective: 'performance', language: null },
];

export function watches(agent: Agent, rule: Pick<Rule, 'perspective' | 'language'>): boolean {
  return agent.perspective === rule.perspective && (agent.language === null || agent.language === rule.language);
}
