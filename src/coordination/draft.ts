import { editIssue, type IssueFields, rewriteIssue, toFields, writeIssue, writePlainIssue } from './issue-text.js';
import { join, type Layout } from './layout.js';
import { type Parsed, readIssue, readRest } from './parse.js';
import { Issue } from './schema.js';

export type NewIssue = Partial<Omit<Issue, 'id' | 'created' | 'updated'>> & { title: string };
export type IssueChanges = Partial<Omit<Issue, 'id' | 'created'>>;

/** Changes to a parsed file, kept beside it until they are written: the text and the values stay in step. */
export class Draft {
  readonly #layout: Layout;
  readonly #issues: Issue[];
  readonly #places = new Map<string, number>();
  readonly #fingerprints = new Map<string, number>();
  readonly #parsed: Parsed;
  #nextId: number;
  #dirty = false;

  constructor(
    parsed: Parsed,
    private readonly options: {
      prefix: string;
      now: string;
      /** Nothing will be written: the values are kept, their text is not made. */
      valuesOnly?: boolean;
    },
  ) {
    this.#parsed = parsed;
    this.#layout = { ...parsed.layout, chunks: [...parsed.layout.chunks] };
    this.#issues = [...parsed.issues];
    this.#nextId = parsed.rest.next_id ?? 1;
    for (const [index, issue] of this.#issues.entries()) {
      this.#index(issue, index);
      const number = issue.id.startsWith(`${options.prefix}-`) ? Number(issue.id.slice(options.prefix.length + 1)) : 0;
      if (Number.isSafeInteger(number)) this.#nextId = Math.max(this.#nextId, number + 1);
    }
  }

  get dirty(): boolean {
    return this.#dirty;
  }

  issues(): readonly Issue[] {
    return this.#issues;
  }

  get(id: string): Issue | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#issues[place];
  }

  /** The issue of a repository with this fingerprint, whatever its status. */
  find(repo: string, fingerprint: string): Issue | undefined {
    const place = this.#fingerprints.get(`${repo}\n${fingerprint}`);
    return place === undefined ? undefined : this.#issues[place];
  }

  add(issue: NewIssue): Issue {
    const id = `${this.options.prefix}-${String(this.#nextId).padStart(3, '0')}`;
    this.#nextId += 1;
    const { now } = this.options;
    const blank = Issue.parse({ id, title: issue.title, created: now, updated: now });
    const made: Issue = { ...blank, ...issue, title: issue.title.trim() || id };
    const layout = this.#layout;
    let kept = made;
    if (!this.options.valuesOnly) {
      if (layout.chunks.length === 0) openList(layout);
      else layout.chunks.push(ended(layout.chunks.pop() ?? '', layout.eol));
      const plain = writePlainIssue(made, layout.itemIndent, layout.eol);
      const read = plain ? { chunk: plain, issue: asRead(made) } : this.#check(writeIssue(made, layout.itemIndent, layout.eol), made);
      layout.chunks.push(read.chunk);
      kept = read.issue;
    }
    this.#issues.push(kept);
    this.#index(kept, this.#issues.length - 1);
    this.#dirty = true;
    return kept;
  }

  /** Only fields that really change are written, and `updated` with them. */
  change(id: string, changes: IssueChanges): Issue {
    const place = this.#places.get(id);
    const old = place === undefined ? undefined : this.#issues[place];
    if (place === undefined || old === undefined) throw new Error(`no issue ${id}`);
    const before = toFields(old);
    const after = toFields({ ...old, ...changes });
    const differing: IssueFields = {};
    for (const [key, value] of Object.entries(after)) if (JSON.stringify(value) !== JSON.stringify(before[key])) differing[key] = value;
    if (Object.keys(differing).length === 0) return old;
    differing.updated = this.options.now;
    let issue: Issue = { ...old, ...changes, updated: this.options.now };
    if (!this.options.valuesOnly) {
      const chunk = this.#layout.chunks[place] ?? '';
      const { itemIndent, eol } = this.#layout;
      const plain = rewriteIssue(chunk, old, issue, itemIndent, eol);
      const read = plain ? { chunk: plain, issue: asRead(issue) } : this.#check(editIssue(chunk, differing, itemIndent, eol), issue);
      this.#layout.chunks[place] = read.chunk;
      issue = read.issue;
    }
    this.#issues[place] = issue;
    if (old.fingerprint !== issue.fingerprint) for (const repo of old.repos) this.#fingerprints.delete(`${repo}\n${old.fingerprint}`);
    this.#index(issue, place);
    this.#dirty = true;
    return issue;
  }

  remove(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#layout.chunks.splice(place, 1);
    this.#issues.splice(place, 1);
    this.#places.clear();
    this.#fingerprints.clear();
    for (const [index, issue] of this.#issues.entries()) this.#index(issue, index);
    if (this.#layout.chunks.length === 0) closeList(this.#layout);
    this.#dirty = true;
  }

  finish(): Parsed {
    const layout = withNextId(this.#layout, this.#nextId);
    // The items were read back one by one; this reads what surrounds them, in case a key is written in a way we do not know.
    if (readRest(layout, '', []) === null) throw new Error('the file would not be readable any more; nothing was written');
    return { text: join(layout), layout, issues: this.#issues, rest: { ...this.#parsed.rest, next_id: this.#nextId } };
  }

  #index(issue: Issue, place: number): void {
    this.#places.set(issue.id, place);
    if (issue.fingerprint === null) return;
    for (const repo of issue.repos) this.#fingerprints.set(`${repo}\n${issue.fingerprint}`, place);
  }

  /** What the library is about to write is read first: a text that would not come back as this issue never reaches the file. */
  #check(chunk: string, { id }: Issue): { chunk: string; issue: Issue } {
    const { issue, problems } = readIssue(chunk);
    if (issue?.id !== id)
      throw new Error(`issue ${id} cannot be written: ${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
    return { chunk, issue };
  }
}

/** The issue as it comes back from the text of the plain writer, whose values are the text's values: without what is empty. */
function asRead(issue: Issue): Issue {
  return Issue.parse(JSON.parse(JSON.stringify(toFields(issue))));
}

const ended = (text: string, eol: string) => (text.endsWith('\n') ? text : text + eol);

/** `issues: []  # comment` becomes `issues:  # comment`, ready for items below. */
function openList(layout: Layout): void {
  layout.key = ended(
    layout.key.replace(/(issues:)\s*(?:\[\s*\]|null|~)?[ \t]*(#.*)?/, (_, key: string, comment?: string) =>
      comment ? `${key} ${comment}` : key,
    ),
    layout.eol,
  );
  layout.lead = layout.lead === '' ? '' : ended(layout.lead, layout.eol);
}

function closeList(layout: Layout): void {
  layout.key = layout.key.replace(/(issues:)[ \t]*/, (_, key: string) => `${key} []${/issues:[ \t]*#/.test(layout.key) ? ' ' : ''}`);
}

/** The mark that keeps the numbers of deleted issues from being given again. */
function withNextId(layout: Layout, nextId: number): Layout {
  const line = new RegExp(`^( {${layout.keyIndent}}next_id:[ \\t]*)\\d+`, 'm');
  const start = layout.before.search(/^coordination:/m);
  const [head, section] = [layout.before.slice(0, start), layout.before.slice(start)];
  const end = layout.after.search(/^[^\s#]/m);
  const [inside, outside] = end < 0 ? [layout.after, ''] : [layout.after.slice(0, end), layout.after.slice(end)];
  if (line.test(section)) return { ...layout, before: head + section.replace(line, `$1${nextId}`) };
  if (line.test(inside)) return { ...layout, after: inside.replace(line, `$1${nextId}`) + outside };
  return { ...layout, before: `${ended(layout.before, layout.eol)}${' '.repeat(layout.keyIndent)}next_id: ${nextId}${layout.eol}` };
}
