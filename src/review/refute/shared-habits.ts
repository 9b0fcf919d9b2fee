// What speaks against a report in either language.
import type { SgNode } from '@ast-grep/napi';
import {
  dropped,
  type Examined,
  enclosing,
  escaped,
  functionAround,
  holds,
  lineAround,
  lineOf,
  lowered,
  named,
  once,
  outward,
  restOfLine,
  startOf,
  type Verdict,
} from './nodes.js';

/** A comment above the first of several lines is for all of them. */
const LINES_EXPLAINED = 4;

const ofCertificates = /(?:self[-_ ]?signed)|\b(?:invalid|verif\w*|certs?|certificates?)\b/i;
const trustsThem = /self[-_ ]?signed|\b(?:ignor\w*|skip\w*|disabl\w*|without|insecure\w*|no|not|never|don't)\b.*\b(?:verif|cert)/i;

const comments = /^\s*(?:#|\/\/|\/?\*)/;

/** `return True  # why`: whoever wrote down why knew what they did. */
export function explained({ language, node, text, start, end, class: kind }: Examined): Verdict | null {
  const line = restOfLine(text, end);
  const comment =
    language === 'python' ? /^\s*#\s*(?!type:|noqa|pragma|pylint|nosec)\w+/ : /^[;,]?\s*\/\/\s*(?!eslint|biome|ts-|istanbul|c8)\w+/;
  if (comment.test(line)) return lowered('explained', `the comment on line ${lineOf(node)} says why`);
  const above = lineAround(text, Math.max(0, text.lastIndexOf('\n', start - 1)));
  if (kind === 'tls-verification-off') {
    const before = text
      .slice(0, start)
      .split('\n')
      .slice(-1 - LINES_EXPLAINED, -1);
    const said = before.find((each, at) => comments.test(each) && (at === before.length - 1 ? ofCertificates : trustsThem).test(each));
    const [, below = ''] = /^[^\n]*\n\s*([^\n]*\n?[^\n]*)/.exec(text.slice(end)) ?? [];
    if (comments.test(below) && /\bno valid cert|\breinstate\b/i.test(below))
      return lowered('explained', `a comment below line ${lineOf(node)} says why`);
    const choice = enclosing(node, 'if_statement');
    const aboveChoice = choice && lineAround(text, Math.max(0, text.lastIndexOf('\n', startOf(choice))));
    return said === undefined && !(aboveChoice && comments.test(aboveChoice) && trustsThem.test(aboveChoice))
      ? null
      : lowered('explained', `a comment above line ${lineOf(said === undefined ? choice! : node)} says why`);
  }
  const handler = kind === 'allow-on-error' ? (enclosing(node, 'except_clause')?.text() ?? '') : '';
  // Not every script parts its words.
  if (/^\s*#\s*(?:\w+[^\n]? \w+[^\n]{0,3} \w+|\p{Lo}[^\n]{7,})/mu.test(handler))
    return lowered('explained', `a comment in the handler of line ${lineOf(node)} says why`);
  return (kind === 'allow-on-error' || kind === 'lost-error') && /^\s*(?:#|\/\/)\s*\w+ \w+ \w+/.test(above)
    ? lowered('explained', `the comment above line ${lineOf(node)} says why`)
    : null;
}

/** A handler that hangs up, and answers that it has seen to it. */
export function refusesOtherwise({ node }: Examined): Verdict | null {
  const again = /\b(?:re)?(?:login|authenticate|connect)\w*\(/i.exec(enclosing(node, 'catch_clause')?.text() ?? '')?.[0];
  if (again) return lowered('asks again', `the handler asks once more, with ${again.slice(0, -1)}, before it answers`);
  const person = outward(node)
    .filter((each) => String(each.kind()) === 'if_statement' && enclosing(each, 'except_clause', 'catch_clause'))
    .map((each) => /\b_?ask(?:_\w{1,40})?\(|\b(?:confirm|prompt)\(|(?<![\w.])input\(/.exec(each.field('condition')?.text() ?? '')?.[0])
    .find((each) => each !== undefined);
  if (person) return lowered('asks again', `the handler asks a person, with ${person.slice(0, -1)}, before it answers`);
  const handler = enclosing(node, 'except_clause')?.text() ?? '';
  return /\b(disconnect|abort|reject|deny|refuse|forbid|logout|revoke)\w*\(/.test(handler)
    ? lowered('refuses otherwise', 'the handler refuses in its own way, and its answer says that it did')
    : null;
}

/** A gate that only finds out who asks lets everybody on; what is behind it may ask again. One that is called so refuses. */
export function onlyFindsOut({ words, node }: Examined): Verdict | null {
  if (!/ the request goes on although the check failed/.test(words)) return null;
  const names = outward(node).flatMap((each) => each.field('name')?.text() ?? []);
  return names.some((name) => /^_*(require|ensure|protect|restrict|must|enforce|guard|deny|block|only|check|verify|is|has|can)/i.test(name))
    ? null
    : lowered('finds out only', `nothing says that ${names[0] ?? 'the function'} refuses anybody: what comes after it may`);
}

/** `try { port = parseInt(text); }`: no number is made, and nothing is thrown. */
export function neverThrows({ node, language }: Examined): Verdict | null {
  const tried = language === 'typescript' ? enclosing(node, 'try_statement')?.field('body') : null;
  const [only, ...others] = named(tried ?? node);
  return tried &&
    only &&
    others.length === 0 &&
    /^(?:(?:const|let|var) )?\w+ ?= ?(?:Number\.)?(?:parseInt|parseFloat)\(\w+(?:, ?\d+)?\);?$/.test(only.text())
    ? lowered('never run', `what line ${lineOf(only)} tries throws nothing`)
    : null;
}

/** `if pid == 0:` after `pid, terminal = pty.fork()` */
function inChild(node: SgNode): SgNode | null {
  const before = functionAround(node)?.text() ?? '';
  return (
    outward(node).find((each) => {
      const name = String(each.kind()) === 'if_statement' ? /^(\w+) ?== ?0$/.exec(each.field('condition')?.text() ?? '')?.[1] : undefined;
      const isThen = each.field('consequence')?.range().end.index ?? 0;
      return (
        name !== undefined &&
        node.range().start.index < isThen &&
        new RegExp(`\\b${name}\\b[^\\n=]{0,80}=\\s*(?:os|pty)\\.fork(?:pty)?\\(`).test(before)
      );
    }) ?? null
  );
}

/** What comes after `**` may hold the time limit. */
export function handsOnOptions({ node, rule }: Examined): Verdict | null {
  const call = rule === 'ruff/S113' ? enclosing(node, 'call') : null;
  const options = named(call?.field('arguments') ?? node).find((each) => String(each.kind()) === 'dictionary_splat');
  return call && options ? dropped('choice of the caller', `${options.text()} on line ${lineOf(options)} may hold a time limit`) : null;
}

/** The other branch of `if timeout:`, which has one: who wants a limit gives it. */
export function limitIsAsked({ node, language }: Examined): Verdict | null {
  const choice = language === 'python' ? enclosing(node, 'if_statement') : null;
  const asked = /\b(?:self\.)?_?timeout\b/.exec(choice?.field('condition')?.text() ?? '')?.[0];
  const limited = choice?.field('consequence');
  return asked && limited && !holds(limited, node) && new RegExp(`\\btimeout ?= ?${escaped(asked)}\\b`).test(limited.text())
    ? lowered('choice of the caller', `line ${lineOf(choice!)} asks whether there is a time limit, and keeps to it`)
    : null;
}

/** An address or a name that somebody signed is not the choice of whoever sends it. */
export function signedBefore({ node }: Examined): Verdict | null {
  const owner = functionAround(node);
  const before = owner?.text().slice(0, startOf(node) - startOf(owner)) ?? '';
  const signed = /\b\w{0,40}(?:hmac|signature|signed)\w{0,40}\s?\(/i.exec(before)?.[0];
  return signed ? lowered('signed', `the function makes or compares a signature with ${signed.replace(/\s?\($/, '')} first`) : null;
}

/** `timeout=None`: whoever writes it out means it. */
export function waitsOnPurpose({ language, node }: Examined): Verdict | null {
  const call = language === 'python' ? enclosing(node, 'call') : null;
  const given = call?.field('arguments')?.text() ?? '';
  if (/["']text\/event-stream["']/.test(given) && /\bstream\s*=\s*True\b/.test(given))
    return lowered('said in so many words', `line ${lineOf(call!)} asks for events, which come when they come`);
  return /\btimeout\s*=\s*None\b/.test(given)
    ? lowered('said in so many words', `line ${lineOf(call!)} asks for no time limit in so many words`)
    : null;
}

/** Whoever listens on the own machine answers at once, or has ended; a file is there or not. */
export function ownMachine({ language, node }: Examined): Verdict | null {
  const body = language === 'python' ? (functionAround(node)?.field('body') ?? enclosing(node, 'call')) : null;
  const text = body?.text() ?? '';
  if (/urljoin\(\s?["']file:|\bf["']file:\/{0,3}\{|["']file:\/{0,3}["']\s?\+/.test(text))
    return lowered('own machine', 'what it asks for is a file');
  // Where an address is compared with one's own, it may be another.
  const address = /(?<!with\(|[=!]= |\bin )["']https?:\/\/(?:127\.0\.0\.1|localhost|169\.254\.169\.254|metadata\.google\.internal)\b/
    .exec(text)?.[0]
    .slice(1);
  return address ? lowered('own machine', `it asks ${address}, which answers at once or not at all`) : null;
}

/** Where nothing says which address a Flask app listens to, only its own machine reaches it. */
export function listensHere({ node, rule }: Examined): Verdict | null {
  const call = rule === 'ruff/S201' ? enclosing(node, 'call') : null;
  const given = call ? named(call.field('arguments') ?? call) : [];
  const host = given.find((each) => each.field('name')?.text() === 'host');
  // By its place, or by what is put together elsewhere.
  if (!call || given.some((each) => String(each.kind()) !== 'keyword_argument')) return null;
  const own = /^["'](?:127\.0\.0\.1|localhost|::1)["']$/;
  return host && !own.test(host.field('value')?.text() ?? '')
    ? null
    : lowered('own machine', `the app of line ${lineOf(call)} listens to its own machine only`);
}

/** What runs only when the file itself is started, or lies with the tools of a project and can be, is a tool of its authors, who watch it. */
export function startedByHand({ language, node, file, text }: Examined): Verdict | null {
  if (language !== 'python') return null;
  const main = outward(node).find(
    (each) => String(each.kind()) === 'if_statement' && /\b__name__\s*==\s*["']__main__["']/.test(each.field('condition')?.text() ?? ''),
  );
  const builder = /(?:^|\/)(setup(?:base)?\.py)$/.exec(file)?.[1];
  if (builder !== undefined) return lowered('started by hand', `${builder} runs when somebody builds the package, and waits for it`);
  const apart = /^(tasks?|tools?|scripts?|snippets|ci|dev|dev[-_]?tools|maintenance|release|packaging|hack|misc|notebooks?|\.\w+)\//.exec(
    file,
  )?.[1];
  if (apart !== undefined) return lowered('started by hand', `what lies in ${apart}/ is what its authors work with`);
  const command = outward(node)
    .filter((each) => String(each.kind()) === 'decorated_definition')
    .map((each) => /^@(?:task|duty|nox\.session|invoke\.task|fabric\.task)\b/m.exec(each.text())?.[0])
    .find((each) => each !== undefined);
  if (command !== undefined && /^(?:from|import) (?:invoke|fabric|nox|duty)\b/m.test(text))
    return lowered('started by hand', `${command} makes a command of it for those who work on the project`);
  const tools = /(?:^|\/)(tools?|scripts?|bin|dev_tools|ci|hack)\//.exec(file)?.[1];
  if (!main && tools !== undefined && /^if __name__ == ["']__main__["']|^#!/m.test(text))
    return lowered('started by hand', `what lies in ${tools}/ and can be started is a tool of its authors`);
  if (main) return lowered('started by hand', `it runs only when the file itself is started, from line ${lineOf(main)} on`);
  const trial = outward(node)
    .filter((each) => String(each.kind()) === 'function_definition')
    .map((each) => /^_*(?:test|demo|example|self_?test)$/.exec(each.field('name')?.text() ?? '')?.[0])
    .find((each) => each !== undefined);
  return trial !== undefined && new RegExp(`^if __name__ == ["']__main__["']:\\s+${trial}\\(`, 'm').test(text)
    ? lowered('started by hand', `${trial} runs only when the file itself is started`)
    : null;
}

/** What a function that is called so, or a branch of a setting, is for: whoever asks for it is answered. */
export function askedToTrust({ node, file, class: kind }: Examined): Verdict | null {
  const module = kind === 'tls-verification-off' ? /(?:^|\/)(debug(?:ging)?)\.\w+$/i.exec(file)?.[1] : undefined;
  if (module) return lowered('asked for', `what the file is for, its name says: ${module}`);
  const owner = enclosing(node, 'class_definition', 'class_declaration')?.field('name')?.text() ?? '';
  if (/unverified|insecure|no_?verif/i.test(owner)) return lowered('asked for', `${owner} says what it does`);
  const name = functionAround(node)?.field('name')?.text() ?? '';
  if (
    /unverified|insecure|(no|skip|disable|without|ignore)_?(ssl_?|tls_?|cert\w*_?)?verif|verify_(mode_)?ignore|allow_?(untrusted|invalid|self_?signed)|trust_?all/i.test(
      name,
    )
  )
    return lowered('asked for', `${name} says what it does`);
  const entry = outward(node).find((each) => {
    const key = each.field('key')?.text() ?? '';
    return /insecure|unauthori[sz]ed|unverified|self_?signed|no_?verify/i.test(key) && !/^['"]?rejectUnauthorized/.test(key);
  });
  if (entry) return lowered('asked for', `${entry.field('key')!.text()} on line ${lineOf(entry)} says what it is for`);
  const stage = outward(node).find(
    (each) =>
      String(each.kind()) === 'switch_case' &&
      /(?:^|[._'"`])(?:dev|development|test|local)['"`]?$/i.test(each.field('value')?.text() ?? ''),
  );
  if (stage) return lowered('asked for', `line ${lineOf(stage)} says that it is for ${stage.field('value')!.text()}`);
  const branch = outward(node).find(
    (each) =>
      ['if_statement', 'elif_clause', 'ternary_expression', 'conditional_expression'].includes(String(each.kind())) &&
      /\b\w{0,60}(verify|insecure|self_?cert|bypass|check_ssl|ssl_?check|(?:skip|ignore|disable)_?(?:ssl|tls|cert)|strict_?ssl|reject_?unauthorized|validate_?cert|invalid_?cert|self_?signed|trust|unsafe)\w{0,60}\b(?!\s?\()/i.test(
        (each.field('condition') ?? named(each)[String(each.kind()) === 'conditional_expression' ? 1 : 0])?.text() ?? '',
      ),
  );
  return branch ? lowered('asked for', `line ${lineOf(branch)} asks a setting first`) : null;
}

/** To fetch a certificate nobody can ask for a valid one; what is done with it afterwards, whoever fetched it knows. */
export function looksAtCertificate({ text, node }: Examined): Verdict | null {
  const call = /\b(getpeercert|get_?(?:server|peer|ssl|remote|host)?_?certificate)\s*\(/i.exec(text)?.[1];
  const around = functionAround(node)?.text() ?? '';
  // One's own certificates are read from files.
  const isOwn = /\bload_\w+\(|\b(?:ca|cert|key)(?:file|_?certs?)?\s?[:=]|readFile|\bopen\(/.test(around);
  if (!isOwn && /(?:\+\s?["']|:\/\/|\}\/)[^"'\n]{0,200}\.(?:crt|pem|cer)["']/.test(around))
    return lowered('looks at it itself', 'what is fetched is the certificate itself, which no other can vouch for yet');
  const seen = call ?? /\bsocket\.(authoriz(?:ationError|ed))\b/i.exec(text)?.[1];
  return seen ? lowered('looks at it itself', `the file looks at the certificate with ${seen}, as line ${lineOf(node)} allows`) : null;
}

/** Whoever only ever asks for addresses of `http://` is shown no certificate. */
export function plainOnly({ node, text, start }: Examined): Verdict | null {
  // Other clients than requests speak TLS without saying so in an address.
  if (!/\bverify ?= ?False\b/.test(lineAround(text, start)) && !/\bverify ?= ?False\b/.test(node.text())) return null;
  const here = functionAround(node)?.text() ?? '';
  const isPlain = (part: string) => !/https/i.test(part) && /[=(]\s?[fr]?["']http:\/\/[\w%{]/.test(part);
  const where = isPlain(text) ? 'file' : isPlain(here) ? 'function' : null;
  return where === null ? null : lowered('no TLS here', `the addresses in the ${where} are of http, which knows no certificates`);
}

/** Of what is told where a person can choose another, nothing is known. */
const ownAddress =
  /(?<!(?:\|\||\?\?) ?|\b(?:get|getenv)\([^()\n]{0,60})["'`](?:\w{2,6}:\/\/)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d|[/"'`])/;

/** Whoever could stand between a program and its own machine has the machine. */
export function staysHere({ node }: Examined): Verdict | null {
  const body = functionAround(node)?.field('body')?.text() ?? '';
  const isElsewhere = /["'`]\w{2,6}:\/\/(?!localhost\b|127\.|\[::1\])|\bhost(?:name)?["']?\s?[:=]\s?(?!["'`]|undefined|null|None)/i.test(
    body,
  );
  return ownAddress.test(body) && !isElsewhere
    ? lowered('own machine', `all that the function around line ${lineOf(node)} names runs on the own machine`)
    : null;
}

const shortCall =
  /(?:^|\.)(readFileSync|existsSync|statSync|lstatSync|accessSync|readdirSync|realpathSync|mkdirSync|unlinkSync|writeFileSync)$/;

/** Tasks, servers and whatever else is waiting while one part of a program works. */
const goesOnMeanwhile =
  /\b(?:gather|create_task|ensure_future|TaskGroup|nursery|as_completed|run_forever|serve(?:_forever)?|run_app|start_(?:unix_)?server|Application|FastAPI|Starlette|Quart|Sanic|uvicorn|Bot|add_handler)\b/;

/** One small file from the own disk, or the address of one's own machine, takes less time than most answers. */
export function shortWait({ node, language, words, text, file }: Examined): Verdict | null {
  const parser =
    language === 'python' ? /^(?:import|from) (argparse|click|typer|optparse|docopt)\b|(?<![\w.])sys\.argv\b/m.exec(text) : undefined;
  const isCommand = outward(node).some(
    (each) => String(each.kind()) === 'decorated_definition' && named(each).some((one) => /^@[\w.]+\.command\(/.test(one.text())),
  );
  const runs = isCommand || /\basyncio\.run\(|\brun_until_complete\(/.test(text);
  if (parser && runs && !goesOnMeanwhile.test(text))
    return lowered('started by hand', `a command line read with ${parser[1] ?? parser[0]}, and nothing else that could go on meanwhile`);
  const owner = functionAround(node)?.text() ?? '';
  const folder = /(?:^|\/)(cli|cmds?|commands?|repl)(?:\/|\.py$)/.exec(file)?.[1];
  const shows = /\b(?:console\.print|rprint|(?:click|typer)\.s?echo|display_\w{1,40})\(/.exec(owner)?.[0];
  if (language === 'python' && folder !== undefined && shows && !goesOnMeanwhile.test(owner))
    return lowered('command of a person', `what lies in ${folder} answers with ${shows}…) to a person, who waits for nothing else`);
  const child = language === 'python' ? inChild(node) : null;
  if (child) return lowered('in a child', `line ${lineOf(child)} asks for the process that was forked off, in which no loop goes on`);
  const nap = language === 'python' ? enclosing(node, 'call')?.text() : undefined;
  if (/\bsleep\(\s*(?:0(?:\.0{0,9})?|0?\.00\d{0,9}|\d(?:\.\d)?e-[3-9])\s*\)$/.test(nap ?? ''))
    return lowered('short wait', `${nap} on line ${lineOf(node)} waits for next to nothing`);
  if (/\binput stops every\b| calls input,/.test(words))
    return lowered('short wait', `input on line ${lineOf(node)} waits for a person, who waits for nothing else`);
  const asks = language === 'python' && /(?<![\w.])input\(/.test(functionAround(node)?.field('body')?.text() ?? '');
  if (asks) return lowered('short wait', `the function around line ${lineOf(node)} waits for a person as well, with input`);
  if (/^shutil\.rmtree\(/.test(nap ?? '') || /\bcalls shutil\.rmtree,/.test(words))
    return lowered('short wait', `line ${lineOf(node)} clears a folder of the own disk away, which most often is small`);
  if (/\b_?shut_?down\w*\(/i.test(lineAround(text, node.range().start.index)))
    return lowered('on the way out', `line ${lineOf(node)} shuts down what the loop would go on with`);
  const name =
    language === 'python'
      ? /\bsocket\.(getaddrinfo|gethostbyname)\b/.exec(words)?.[1]
      : (shortCall.exec(enclosing(node, 'call_expression')?.field('function')?.text() ?? '') ??
          shortCall.exec(/ calls ([\w.]+),/.exec(words)?.[1] ?? ''))?.[1];
  return name ? lowered('short wait', `${name} on line ${lineOf(node)} waits for the own machine, most often`) : null;
}

/** The address in the first line of a request is whole only where a proxy is asked, and the other server's name is what it is asked for. */
export function forwards({ words, node, file }: Examined): Verdict | null {
  const proxy = /(?:^|\/)(\w*prox(?:y|ies)\w*)\.\w+$/i.exec(file)?.[1];
  if (proxy !== undefined && / req\.url reaches /.test(` ${words}`)) return lowered('proxy', `${proxy} says that it hands requests on`);
  // `new URL('//other.site', base)` leaves the base: there the sender does choose the site.
  if (/\bnew URL\s*\(|\burl\.resolve\s*\(|\burljoin\s*\(/.test(functionAround(node)?.text() ?? '')) return null;
  if (/ req\.url reaches /.test(` ${words}`))
    return lowered('proxy', 'whoever sends the address of a site in the first line of a request asks a proxy for it');
  if (/ req\.(?:path|originalUrl|baseUrl) reaches /.test(` ${words}`))
    return lowered('same site', 'the path of a request begins with a slash: which site is fetched is said before it');
  if (!/ req\.headers[.\w]* reaches /.test(` ${words}`)) return null;
  const name = [file, ...outward(node).flatMap((each) => each.field('name')?.text() ?? [])].find((each) =>
    /proxy|tunnel|forward|mitm/i.test(each),
  );
  return name !== undefined ? lowered('proxy', `${name} says that it hands requests on`) : null;
}

/** What a browser sends in the first line of a request it has encoded before; only what is decoded again can hold a tag. */
export function encodedBySender({ words, language, root, text }: Examined): Verdict | null {
  if (language !== 'typescript' || !/ req\.(?:url|originalUrl) reaches /.test(` ${words}`)) return null;
  return once(root, 'decodes', () => /\b(?:decodeURI(?:Component)?|unescape|querystring|qs)\b/.test(text))
    ? null
    : lowered('encoded by the sender', 'browsers send the address encoded, and nothing in the file decodes it');
}

/** A link can choose the address, and with it who is named as the page before; no other header of what the browser sends. */
export function notInLinks({ words, node }: Examined): Verdict | null {
  if (!/ (?:req|request)\.headers[.\w]* reaches /.test(` ${words}`)) return null;
  return /referr?er|cookie/i.test(functionAround(node)?.text() ?? '')
    ? null
    : lowered('not in a link', 'no link makes a browser send another header than it would have sent');
}

/** A service that is to call an address asks it first to send back a word. */
export function answersChallenge({ words }: Examined): Verdict | null {
  const word = /\b(\w*challenge|echostr|crc_token)\b/i.exec(words)?.[1];
  return word ? lowered('asked to', `${word} is what a service wants back before it calls the address`) : null;
}
