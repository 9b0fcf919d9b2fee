// Child process: looks a second time at places that were reported, in the syntax trees of their files (RV-7). Started by refute.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { parseSource } from '../analyzers/ast-grep-parser.js';
import { languageOf } from '../languages.js';
import { toolIsFor } from './agent-tools.js';
import { compiled } from './compiled.js';
import { endless, lastResort, race, withoutLoop } from './concurrency.js';
import { codeFromText, notJson, ownBytes } from './constant-text.js';
import { cellOfClosure, defaultOnlyRead } from './default-value.js';
import { errorPath } from './error-path.js';
import { marked } from './marked.js';
import { type Examined, endOf, kinds, lowered, nodeAt, remembering, startOf, type Verdict } from './nodes.js';
import { loaderGiven, unpackedSafely } from './own-loader.js';
import {
  behindPrefix,
  checkedBySender,
  listsNames,
  lookedUpBefore,
  matchedBefore,
  oneSegment,
  onlyOneKind,
  pathAsked,
  temporaryUpload,
} from './own-names.js';
import {
  appliesDecorator,
  askedFor,
  bareRaise,
  braceStyle,
  constructorsReturn,
  countsAsNumber,
  futureOfThread,
  handedToLoop,
  heldMeanwhile,
  inInterface,
  keyRounds,
  mainTask,
  neverAnswers,
  nothingElseJumps,
  otherQuery,
  ownCredentials,
  ownMethod,
  ownOperators,
  readForEffect,
  roomBelow,
  serverSide,
  turnedBack,
} from './python-habits.js';
import { announced } from './redefinition.js';
import { sameRound } from './same-round.js';
import {
  asksAgain,
  assigned,
  comparedWithItself,
  executorCatches,
  mailToOthers,
  meantSo,
  ofServer,
  rethrown,
  saysTheSame,
} from './script-habits.js';
import {
  answersChallenge,
  askedToTrust,
  encodedBySender,
  explained,
  forwards,
  handsOnOptions,
  limitIsAsked,
  listensHere,
  looksAtCertificate,
  neverThrows,
  notInLinks,
  onlyFindsOut,
  ownMachine,
  plainOnly,
  refusesOtherwise,
  shortWait,
  signedBefore,
  startedByHand,
  staysHere,
  waitsOnPurpose,
} from './shared-habits.js';
import { letGo } from './swallowed.js';
import { readByOthers } from './syntax-error.js';
import { filledIn } from './template.js';
import { unboundName } from './unbound-name.js';
import { undefinedName } from './undefined-name.js';
import { switchedOff, unreachable } from './unreachable.js';
import { vendored } from './vendored.js';

export interface ExamineRequest {
  folder: string;
  /** `words`: what is said of the place; when it covers whole lines, they name what is meant. */
  places: { file: string; class: string; rule: string; start: number; end: number; words: string }[];
}

export interface ExamineAnswer {
  /** In the order of the places; null: nothing speaks against it. */
  verdicts: (Verdict | null)[];
  unreadable: { file: string; message: string }[];
}

const PLACES_PER_TURN = 20;

// A line for each line: what one analyzer reports is looked at while others are at work.
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await examine(JSON.parse(line) as ExamineRequest))}\n`);
}

async function examine({ folder, places }: ExamineRequest): Promise<ExamineAnswer> {
  const verdicts: (Verdict | null)[] = places.map(() => null);
  const unreadable: ExamineAnswer['unreadable'] = [];
  let judged = 0;
  const byFile = new Map<string, number[]>();
  for (const [at, { file }] of places.entries()) byFile.set(file, [...(byFile.get(file) ?? []), at]);
  for (const [file, indexes] of byFile) {
    const language = languageOf(file);
    if (language === null) continue;
    try {
      const text = readFileSync(join(folder, file), 'utf8');
      const root = remembering(parseSource(file, text));
      for (const at of indexes) {
        const { start, end, class: kind, rule, words } = places[at]!;
        // Nodes hold memory outside of the heap, which is given back between two turns of the loop only.
        if (judged++ % PLACES_PER_TURN === 0) await setImmediate();
        verdicts[at] = judge(
          narrowed({ folder, file, language, text, root, node: nodeAt(root, start, end), start, end, class: kind, rule, words }),
        );
      }
    } catch (error) {
      unreadable.push({ file, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { verdicts, unreadable };
}

/** From whole lines to the one name that is spoken of. */
function narrowed(examined: Examined): Examined {
  if (examined.class !== 'undefined-name' && examined.class !== 'unbound-name') return examined;
  if (examined.node.kind() === 'identifier' || examined.node.kind() === 'string') return examined;
  const { start, end, root, words } = examined;
  const spoken = new Set(words.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  // Names in `__all__` are strings.
  const named = examined.language === 'python' ? kinds(root, 'identifier', 'string') : kinds(root, 'identifier');
  const meant = named.filter((each) => startOf(each) >= start && endOf(each) <= end && spoken.has(each.text().replace(/^["']|["']$/g, '')));
  const [first] = meant;
  if (!first || new Set(meant.map((each) => each.text())).size > 1) return examined;
  return { ...examined, node: first, start: startOf(first), end: endOf(first) };
}

function judge(examined: Examined): Verdict | null {
  return (
    unreachable(examined) ??
    marked(examined) ??
    ofClass(examined) ??
    switchedOff(examined) ??
    vendored(examined) ??
    compiled(examined) ??
    emulator(examined) ??
    toolIsFor(examined) ??
    errorPath(examined)
  );
}

function ofClass(examined: Examined): Verdict | null {
  switch (examined.class) {
    case 'undefined-name':
      return undefinedName(examined) ?? filledIn(examined);
    case 'unbound-name':
      return unboundName(examined) ?? null;
    case 'race-condition':
      return race(examined);
    case 'endless-task':
      return endless(examined);
    case 'code-from-text':
      return codeFromText(examined) ?? notJson(examined);
    case 'unsafe-deserialisation':
      return ownBytes(examined) ?? loaderGiven(examined);
    case 'unsafe-archive':
      return unpackedSafely(examined) ?? startedByHand(examined);
    case 'mutable-default':
      return cellOfClosure(examined) ?? defaultOnlyRead(examined);
    case 'debug-mode':
      return listensHere(examined);
    case 'late-binding-closure':
      return sameRound(examined);
    case 'useless-expression':
      return readForEffect(examined) ?? ownOperators(examined);
    case 'python-error':
      return examined.rule === 'ruff/PLE0704'
        ? bareRaise(examined)
        : (neverAnswers(examined) ??
            countsAsNumber(examined) ??
            constructorsReturn(examined) ??
            roomBelow(examined) ??
            inInterface(examined) ??
            braceStyle(examined));
    case 'js-error':
      return meantSo(examined);
    case 'broken-promise':
      return executorCatches(examined);
    case 'loop-reentry':
      return handedToLoop(examined);
    case 'dropped-task':
      return futureOfThread(examined) ?? mainTask(examined) ?? lastResort(examined) ?? heldMeanwhile(examined);
    case 'blocking-call':
      return withoutLoop(examined) ?? shortWait(examined);
    case 'accidental-assignment':
      return assigned(examined);
    case 'wrong-comparison':
      return comparedWithItself(examined);
    case 'lost-error':
      return rethrown(examined) ?? explained(examined) ?? nothingElseJumps(examined);
    case 'swallowed-error':
      return letGo(examined);
    case 'path-traversal':
      return (
        ownMethod(examined) ??
        temporaryUpload(examined) ??
        checkedBySender(examined) ??
        listsNames(examined) ??
        pathAsked(examined) ??
        lookedUpBefore(examined) ??
        behindPrefix(examined) ??
        matchedBefore(examined) ??
        oneSegment(examined) ??
        onlyOneKind(examined)
      );
    case 'weak-hash':
      return keyRounds(examined) ?? askedFor(examined);
    case 'unawaited-coroutine':
      return appliesDecorator(examined);
    case 'syntax-error':
      return readByOthers(examined);
    case 'no-timeout':
      return (
        startedByHand(examined) ?? waitsOnPurpose(examined) ?? handsOnOptions(examined) ?? limitIsAsked(examined) ?? ownMachine(examined)
      );
    case 'tls-verification-off':
      return (
        serverSide(examined) ??
        ofServer(examined) ??
        looksAtCertificate(examined) ??
        askedToTrust(examined) ??
        mailToOthers(examined) ??
        plainOnly(examined) ??
        staysHere(examined) ??
        explained(examined)
      );
    case 'request-forgery':
      return forwards(examined) ?? askedToTrust(examined) ?? signedBefore(examined);
    case 'reflected-html':
      return (
        turnedBack(examined) ?? answersChallenge(examined) ?? encodedBySender(examined) ?? notInLinks(examined) ?? lookedUpBefore(examined)
      );
    case 'sql-injection':
      return otherQuery(examined) ?? ownCredentials(examined);
    case 'allow-on-error':
      return explained(examined) ?? neverThrows(examined) ?? refusesOtherwise(examined) ?? onlyFindsOut(examined);
    case 'duplicate-entry':
      return asksAgain(examined) ?? saysTheSame(examined);
    case 'redefinition':
      return announced(examined);
    default:
      return null;
  }
}

/** What stands in for a service on the machine of a developer is asked by that developer only. */
function emulator({ file, text, class: kind }: Examined): Verdict | null {
  const asked = [
    'path-traversal',
    'request-forgery',
    'reflected-html',
    'open-redirect',
    'blocking-call',
    'code-from-text',
    'tls-verification-off',
  ].includes(kind);
  // Vite builds in the end what its server shows meanwhile, and only calls these until then.
  const hook = asked ? /\bvite/i.test(text) && /\.middlewares\.use\(/.exec(text)?.[0] : undefined;
  if (hook) return lowered('server of developers', `${hook.slice(0, -1)} adds to the server that Vite runs for a developer`);
  const reloads = asked
    ? /\blive[ _-]?reload\w*|\breload_?script\w*|\bdelete require\.cache\b|\bremove\w{0,40}FromCache\b/i.exec(text)?.[0]
    : undefined;
  if (reloads) return lowered('server of developers', `the file sees to ${reloads}, which is for whoever works on a page`);
  const browser = asked ? /\brequire\(\s?["']webserver["']\s?\)/.exec(text)?.[0] : undefined;
  if (browser) return lowered('own machine', `${browser} is the server inside of PhantomJS, for the program that started it`);
  const head = asked ? text.slice(0, /^(?:import|export|from|const|let|var|def|class|function)\b/m.exec(text)?.index) : '';
  const mode = /\bwhen(?:ever)? running in dev(?:elopment)? mode\b/i.exec(head)?.[0];
  if (mode) return lowered('server of developers', `the comment at its top says that it is there ${mode}`);
  // Nobody stands before a port that is another one each time.
  const listens = asked && kind !== 'blocking-call' ? /\.listen\(\s?0,\s?['"](?:localhost|127\.0\.0\.1)['"]/.exec(text)?.[0] : undefined;
  if (listens) return lowered('own machine', `${listens}) lets only programs of the same machine ask, at a port that is another each time`);
  const folder =
    /(?:^|\/)(\w*emulators?|dev(?:-?servers?)?|debug[/-]?servers?|vite-plugin[\w-]*)\//i.exec(file)?.[1] ??
    /(?:^|\/)(\w*emulator\w*|dev-?server|health-?check|(?:\w+_)?mock)\.\w+$/i.exec(file)?.[1];
  return asked && folder !== undefined ? lowered('server of developers', `${folder} runs on the machine of whoever asks it`) : null;
}
