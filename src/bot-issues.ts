import { audit } from './approvals/audit.js';
import type { Bot, OpenIssue } from './bot.js';
import type { Ecosystem } from './coordination/ecosystem.js';
import type { Database } from './database/open.js';
import { redact } from './security/redact.js';

interface Parts {
  ecosystem: Ecosystem;
  database: Database;
  checkRepository(name: string): void;
}

/** What the doors can ask about issues. */
export function createIssueFunctions({ ecosystem, database, checkRepository }: Parts): Pick<Bot, 'openIssues' | 'createIssue'> {
  return {
    async openIssues() {
      const issues = await ecosystem.list({ status: ['pending', 'in_progress', 'blocked'] });
      return issues
        .map(
          ({ id, title, description, status, priority, repos }): OpenIssue => ({
            id,
            title,
            description,
            status: status as OpenIssue['status'],
            priority,
            repositories: repos,
          }),
        )
        .sort((a, b) => a.priority.localeCompare(b.priority) || a.id.localeCompare(b.id, 'en', { numeric: true }));
    },
    async createIssue({ repository, title, description, priority, source }, actor) {
      checkRepository(repository);
      const before = (await ecosystem.list()).find((issue) => issue.fingerprint === source.key);
      if (before) return { id: before.id, repository: before.repos[0] ?? repository, isNew: false };
      const { issue, created } = await ecosystem.create({
        // What people paste is kept in a file under version control, and shown in channels (RV-10).
        title: redact(title),
        description: redact(description),
        priority,
        repos: [repository],
        fingerprint: source.key,
        metadata: { ...source.details, created_by: actor.name ?? actor.id },
      });
      if (created)
        await database.db.transaction((tx) => audit(tx, { actor, action: 'issue.create', subject: issue.id, detail: { repository } }));
      return { id: issue.id, repository, isNew: created };
    },
  };
}
