import type { ModuleFacts } from '../engine/machine.js';
import type { NameTable } from '../engine/names.js';
import type { Span } from '../ir.js';
import type { Scope } from './scopes.js';

/** What a check gets to see of one file. */
export interface CheckInput {
  file: string;
  module: ModuleFacts;
  /** Functions whose text holds what the rule requires; the module itself comes first. */
  scopes: readonly Scope[];
  /** Functions whose text holds something else. */
  scopesWith(look: RegExp): readonly Scope[];
  calls: NameTable<true>;
  except: NameTable<true>;
  report(at: Span, message: string): void;
}

export type Check = (input: CheckInput) => void;
