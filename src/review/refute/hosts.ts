import { dropped, type Examined, once, type Verdict } from './nodes.js';

/** What programs that Emscripten makes have among their globals. */
const emscripten =
  /^(?:FS|IDBFS|MEMFS|NODEFS|NODERAWFS|WORKERFS|PROXYFS|Module|LibraryManager|mergeInto|HEAPU?(?:8|16|32|64)|HEAPF(?:32|64)|GL|Browser|ENV|UTF8ToString|stringToUTF8|lengthBytesUTF8|_malloc|_free|ccall|cwrap|dynCall)$/;
const speaksEmscripten =
  /\bFS\.(?:syncfs|mount|mkdir|createPath|createDataFile|analyzePath)\b|\bmergeInto\(LibraryManager\.library\b|\bHEAPU8\b|\bUTF8ToString\(/;

/** Those of the programs that run in the application of another company, each under its own name. */
const miniPrograms = ['wx', 'my', 'swan', 'tt', 'ks', 'qq', 'dd', 'jd', 'qh', 'uni'];

/** Names that are the host's in a script that is for it, and short enough to be a slip in any other. */
export function ofHost({ text, root }: Examined, name: string): Verdict | null {
  if (emscripten.test(name)) {
    const spoken = once(root, 'Emscripten', () => speaksEmscripten.exec(text)?.[0]);
    return spoken === undefined ? null : dropped('global of the host', `the script is for a program of Emscripten, which has ${spoken}`);
  }
  if (!miniPrograms.includes(name)) return null;
  // `api = wx;`, `wx.login({`
  const others = once(root, 'mini programs', () =>
    miniPrograms.filter((each) => new RegExp(`(?<![\\w$.])${each}\\.[a-z]{3,40}\\(|[=?:] ${each}(?:;| [:)])`).test(text)),
  ).filter((each) => each !== name);
  return others.length > 1
    ? dropped('global of the host', `the script runs in mini programs, of which it names ${others.join(', ')} too`)
    : null;
}
