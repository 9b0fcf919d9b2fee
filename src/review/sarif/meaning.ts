import type { Perspective, Priority, Severity } from '../finding.js';
import { type Tool, tools } from '../hit.js';
import { isSupportFile, languageOf } from '../languages.js';
import { poolFor, type Rule } from '../rules/rule.js';
import type { RuleTable } from '../rules/table.js';
import type { SarifHit } from './read.js';

/** What a result means to us: the line of our own table where the tool is one of ours, else what the tool says of its rule. */
export type Meaning = Pick<
  Rule,
  'id' | 'class' | 'perspective' | 'severity' | 'priority' | 'pool' | 'confidence' | 'title' | 'description' | 'suggestedFix' | 'secret'
>;

/** Classes of ours by the weakness that security tools name, so that two tools that see one defect agree (RV-4). */
const classOfWeakness: Record<number, string> = {
  22: 'path-traversal',
  23: 'path-traversal',
  36: 'path-traversal',
  73: 'path-traversal',
  77: 'command-injection',
  78: 'command-injection',
  88: 'command-injection',
  79: 'reflected-html',
  80: 'reflected-html',
  89: 'sql-injection',
  94: 'code-from-text',
  95: 'code-from-text',
  295: 'tls-verification-off',
  327: 'weak-hash',
  328: 'weak-hash',
  489: 'debug-mode',
  502: 'unsafe-deserialisation',
  601: 'open-redirect',
  611: 'unsafe-xml',
  776: 'unsafe-xml',
  798: 'committed-secret',
  918: 'request-forgery',
};

export function meaningOf(hit: SarifHit, table: RuleTable): Meaning {
  const known = ownRule(hit, table);
  const meaning = known ? { ...known, fixer: null } : foreign(hit);
  if (!isSupportFile(hit.file) || (known && known.inSupportFiles === 'same')) return meaning;
  const security = meaning.perspective === 'security' || meaning.severity === 'medium' || meaning.severity === 'low';
  return { ...meaning, severity: security ? 'low' : 'medium', priority: 'P2', confidence: meaning.confidence * 0.8 };
}

/** A log of our own names rules as we do; one of a tool that we run ourselves names them as the tool does. */
function ownRule({ tool, rule }: SarifHit, table: RuleTable): Rule | undefined {
  const name = tool.toLowerCase();
  if (name === 'mahavishnu') return table.byId(rule);
  return (tools as readonly string[]).includes(name) ? table.find(name as Tool, rule) : undefined;
}

function foreign(hit: SarifHit): Meaning {
  const weakness = hit.tags.flatMap((tag) => /(?:^|\/)cwe-0*(\d{1,5})\b/i.exec(tag)?.[1] ?? []).map(Number);
  const perspective = perspectiveOf(hit, weakness.length > 0);
  const severity = severityOf(hit);
  const priority: Priority = severity === 'critical' ? 'P0' : severity === 'high' ? 'P1' : 'P2';
  const tool = toolName(hit.tool);
  const id = tool === 'mahavishnu' ? hit.rule : `${tool}/${hit.rule}`;
  return {
    id,
    class: weakness.map((number) => classOfWeakness[number]).find((name) => name !== undefined) ?? id,
    perspective,
    severity,
    priority,
    pool: poolFor(perspective, languageOf(hit.file)),
    confidence: 0.7,
    title: hit.title,
    description: hit.description,
    suggestedFix: null,
    secret: weakness.includes(798),
  };
}

function perspectiveOf({ tags, securitySeverity }: SarifHit, hasWeakness: boolean): Perspective {
  const named = (word: string) => tags.some((tag) => tag.toLowerCase() === word);
  if (securitySeverity !== null || hasWeakness || named('security')) return 'security';
  if (named('performance')) return 'performance';
  return named('architecture') || named('complexity') || named('duplication') ? 'architect' : 'language';
}

function severityOf({ level, securitySeverity }: SarifHit): Severity {
  if (securitySeverity === null) return level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low';
  return securitySeverity >= 9 ? 'critical' : securitySeverity >= 7 ? 'high' : securitySeverity >= 4 ? 'medium' : 'low';
}

/** A tool's name as the first part of a rule's id, and as the name of the agent that reported it. */
export function toolName(tool: string): string {
  const word = tool
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 40);
  return word || 'unnamed-tool';
}
