import { prescribesHash } from '../../prescribed-hash.js';
import type { Expr } from '../ir.js';
import { type Call, callName, keyword, ownCalls } from './calls.js';
import type { Check } from './check.js';
import { refOf } from './scopes.js';
import { eachExpression } from './walk.js';

const password =
  /^(.*_)?(password|passwd|passphrase|pwd|pass_word)$|^(plain|raw|user|new|old|clear|hashed)?_?(password|passwd|passphrase|pwd)$|[a-z](Password|Passwd|Passphrase)$/;

/** A password goes into a hash that is made to be fast. */
export const weakHash: Check = ({ module, scopes, report }) => {
  for (const scope of scopes) {
    for (const { call } of ownCalls(scope)) {
      const ref = refOf(call.callee, scope, module) ?? '';
      const hashed =
        module.language === 'python'
          ? /^hashlib\.(md5|sha1|sha224|sha256|sha384|sha512|new|sha3_\d+|blake2[bs])$/.test(ref) &&
            !isFalse(keyword(call, 'usedforsecurity'))
            ? call.args.map(({ value }) => value)
            : /^(hashlib\.\w+|crypto\.createHash)\(\)\.update$/.test(ref)
              ? call.args.map(({ value }) => value)
              : []
          : callName(call) === 'update' && isFastHash(call)
            ? call.args.map(({ value }) => value)
            : /^(md5|sha1|sha256|crypto-js\.(MD5|SHA1|SHA256)|CryptoJS\.(MD5|SHA1|SHA256))$/.test(ref)
              ? call.args.map(({ value }) => value)
              : [];
      if (!hashed.some(holdsPassword)) continue;
      const before = module.text.slice(module.text.lastIndexOf('\n', call.start) + 1, call.start);
      if (!prescribed(ref, scope.text, before) && !prescribesHash(module)) report(call, 'a password is hashed with a fast hash');
    }
  }
};

/** Which hash it is was not decided here: what is stored names it, or the other side of a request asks for it. */
function prescribed(ref: string, scope: string, before: string): boolean {
  if (ref.startsWith('hashlib.new') && !/hashlib\.new\(\s*(name\s*=\s*)?['"]/.test(scope)) return true;
  const kept = /^\s*(?:const |let |var )?(\w+)\s*=\s*$/.exec(before)?.[1];
  return kept !== undefined && new RegExp(`\\b(url|headers|payload)\\w*\\s*[=(,].*\\b${kept}\\b`).test(scope);
}

const isFalse = (expr: Expr | undefined): boolean => expr?.kind === 'literal' && expr.value === false;

/** `createHash('md5').update(…)` */
function isFastHash({ callee }: Call): boolean {
  if (callee.kind !== 'member') return false;
  let object = callee.object;
  while (object.kind === 'call' && object.callee.kind === 'member' && object.callee.name === 'update') object = object.callee.object;
  if (object.kind !== 'call' || callName(object) !== 'createHash') return false;
  const name = object.args[0]?.value;
  return name?.kind === 'literal' && /^(md5|sha-?1|sha-?2?-?(224|256|384|512)|ripemd\d*|sha3-\d+)$/i.test(String(name.value));
}

function holdsPassword(expr: Expr): boolean {
  let found = false;
  eachExpression(expr, (inner) => {
    if ((inner.kind === 'name' || inner.kind === 'member') && password.test(inner.name)) found = true;
    if (inner.kind === 'index' && inner.key?.kind === 'literal' && password.test(String(inner.key.value))) found = true;
  });
  return found;
}
