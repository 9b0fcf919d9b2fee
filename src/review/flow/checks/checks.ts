import type { AstGrepRule } from '../../analyze.js';
import type { RawHit } from '../../hit.js';
import type { Language } from '../../languages.js';
import type { FlowHit, ModuleFacts } from '../engine/machine.js';
import { NameTable } from '../engine/names.js';
import { allowOnError, swallowedCheck } from './access.js';
import { blockingCall, loopReentry } from './blocking.js';
import { callbackTwice } from './callbacks.js';
import type { Check } from './check.js';
import { promiseInCondition } from './conditions.js';
import { SimilarEnums } from './enums.js';
import { unboundedGrowth } from './growth.js';
import { nPlusOne, sequentialAwait } from './loops.js';
import { noTimeout } from './network.js';
import { weakHash } from './passwords.js';
import { prototypePollution } from './prototypes.js';
import { removedCall } from './removed-calls.js';
import { scopesOf } from './scopes.js';
import type { CheckName } from './section.js';
import { droppedTask, endlessTask, floatingPromise, intervalNeverCleared } from './tasks.js';

const byName: Record<Exclude<CheckName, 'similar-enums'>, Check> = {
  'allow-on-error': allowOnError,
  'swallowed-check': swallowedCheck,
  'blocking-call': blockingCall,
  'loop-reentry': loopReentry,
  'endless-task': endlessTask,
  'dropped-task': droppedTask,
  'floating-promise': floatingPromise,
  'sequential-await': sequentialAwait,
  'n-plus-one': nPlusOne,
  'no-timeout': noTimeout,
  'prototype-pollution': prototypePollution,
  'unbounded-growth': unboundedGrowth,
  'weak-hash': weakHash,
  'interval-never-cleared': intervalNeverCleared,
  'promise-in-condition': promiseInCondition,
  'callback-twice': callbackTwice,
  'removed-call': removedCall,
};

/** Checks that need functions in which nothing is found, such as those that are called. */
const wholeFile = new Set<CheckName>(['blocking-call', 'loop-reentry', 'floating-promise', 'promise-in-condition']);
const anything = /(?:)/;

interface Ready {
  id: string;
  language: Language;
  look: RegExp;
  name: CheckName;
  calls: NameTable<true>;
  except: NameTable<true>;
}

/** Runs the rules that ask for one of our checks. */
export class Checks {
  readonly #rules: Ready[];
  readonly #enums: SimilarEnums;

  constructor(rules: readonly AstGrepRule[]) {
    this.#rules = rules.flatMap(({ id, language, requires, check }): Ready[] =>
      check
        ? [{ id, language, look: new RegExp(requires, 'i'), name: check.name, calls: tableOf(check.calls), except: tableOf(check.except) }]
        : [],
    );
    this.#enums = new SimilarEnums();
  }

  wants(language: Language, text: string): boolean {
    return this.#rules.some((rule) => rule.language === language && rule.look.test(text));
  }

  find(file: string, module: ModuleFacts): FlowHit[] {
    const hits = new Map<string, FlowHit>();
    for (const { id, language, look, name, calls, except } of this.#rules) {
      if (language !== module.language || !look.test(module.text)) continue;
      if (name === 'similar-enums') {
        this.#enums.collect(id, file, module);
        continue;
      }
      byName[name]({
        file,
        module,
        scopes: scopesOf(module, wholeFile.has(name) ? anything : look),
        scopesWith: (other) => scopesOf(module, other),
        calls,
        except,
        report({ start, end }, message) {
          const key = `${id} ${start} ${end}`;
          if (!hits.has(key)) hits.set(key, { rule: id, start, end, message });
        },
      });
    }
    return [...hits.values()];
  }

  finish(): RawHit[] {
    return this.#enums.finish();
  }
}

function tableOf(names: readonly string[] | undefined): NameTable<true> {
  const table = new NameTable<true>();
  for (const name of names ?? []) table.add(name, true);
  return table;
}
