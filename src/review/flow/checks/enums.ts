import type { RawHit } from '../../hit.js';
import { isSupportFile } from '../../languages.js';
import type { ModuleFacts } from '../engine/machine.js';
import type { Expr } from '../ir.js';
import { eachStatement } from './walk.js';

interface Declared {
  rule: string;
  file: string;
  name: string;
  start: number;
  end: number;
  members: ReadonlySet<string>;
}

const MIN_MEMBERS = 4;
/** Of the members of both together, the part that must be in both. */
const MIN_SHARED = 0.75;
const MAX_ENUMS = 3000;

/** Enumerations of the same things, kept in two files: a whole-tree check, so that it collects first. */
export class SimilarEnums {
  readonly #found: Declared[] = [];

  collect(rule: string, file: string, module: ModuleFacts): void {
    if (isSupportFile(file) || this.#found.length >= MAX_ENUMS) return;
    eachStatement(module.body, (statement) => {
      const { start } = statement;
      if (statement.kind === 'enum') this.#add({ rule, file, name: statement.name, start, members: statement.members });
      if (statement.kind === 'class' && statement.cls.bases.some(isEnum)) {
        const members = statement.cls.body.flatMap((member) =>
          member.kind === 'assign' ? member.targets.flatMap((target) => (target.kind === 'name' ? [target.name] : [])) : [],
        );
        this.#add({ rule, file, name: statement.cls.name, start, members: members.filter((name) => !name.startsWith('_')) });
      }
    });
  }

  #add({ members, ...rest }: Omit<Declared, 'members' | 'end'> & { members: string[] }): void {
    const set = new Set(members.map((name) => name.toLowerCase().replace(/_/g, '')));
    if (set.size >= MIN_MEMBERS) this.#found.push({ ...rest, end: rest.start + rest.name.length + 6, members: set });
  }

  /** Each enumeration is told of the first one like it in another file of the same language. */
  finish(): RawHit[] {
    const byMember = new Map<string, Declared[]>();
    const hits: RawHit[] = [];
    for (const declared of this.#found) {
      const candidates = new Map<Declared, number>();
      for (const member of declared.members) {
        for (const other of byMember.get(member) ?? []) {
          if (other.rule === declared.rule && other.file !== declared.file) candidates.set(other, (candidates.get(other) ?? 0) + 1);
        }
      }
      for (const [other, shared] of candidates) {
        const all = declared.members.size + other.members.size - shared;
        if (shared / all < MIN_SHARED) continue;
        const message = `${declared.name} has ${shared} members in common with ${other.name} of ${other.file}`;
        hits.push({ code: declared.rule, file: declared.file, start: declared.start, end: declared.end, message, fixable: false });
        break;
      }
      for (const member of declared.members) {
        const list = byMember.get(member) ?? [];
        if (list.length < 50) list.push(declared);
        byMember.set(member, list);
      }
    }
    return hits;
  }
}

const isEnum = (base: Expr): boolean =>
  /^(Enum|IntEnum|StrEnum|Flag|IntFlag|TextChoices|IntegerChoices)$/.test(
    base.kind === 'member' ? base.name : base.kind === 'name' ? base.name : '',
  );
