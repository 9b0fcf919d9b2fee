import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Examined, lowered, once, type Verdict } from './nodes.js';

/** Classes whose constructs compilers write: what older engines need looks odd, and is right. */
const written = new Set([
  'js-error',
  'wrong-comparison',
  'lost-error',
  'accidental-assignment',
  'duplicate-entry',
  'undefined-name',
  'broken-promise',
]);

const helpers =
  /^[ \t]*(var|const|let) __(awaiter|extends|assign|rest|decorate|importDefault|importStar|createBinding|generator|values|read|spreadArray|toESM|commonJS|toCommonJS|copyProps|export|defProp|create)\b|^Object\.defineProperty\(exports, ["']__esModule["']|^function _(classCallCheck|createClass|inherits|isNativeReflectConstruct|defineProperty|interopRequireDefault|extends|typeof|toConsumableArray|createForOfIteratorHelper)\b|__webpack_require__|^0 && \(module\.exports = |\b(?:var |,)\w+=Object\.defineProperty[,;](?:var )?\w+=Object\.getOwnPropertyDescriptor\b|^\/\/# sourceMappingURL=|typeof exports === ['"]object['"] && typeof module !== ['"]undefined['"]/m;

/** What a compiler wrote is corrected where it was compiled from. */
export function compiled({ language, file, text, root, folder, class: kind }: Examined): Verdict | null {
  if (language !== 'typescript') return null;
  const source = once(root, 'made from', () => madeFrom(folder, file));
  if (source !== null) return lowered('compiled file', `it is made from ${source}, and corrected there`);
  if (kind !== 'committed-secret' && once(root, 'minified', () => minified(text)))
    return lowered(
      'compiled file',
      'the lines of the file are longer than anybody writes or reads: it is corrected where it was made from',
    );
  if (!written.has(kind)) return null;
  if (!once(root, 'compiled', () => /(^|\/)dist\//.test(file) || helpers.test(text))) return null;
  return lowered('compiled file', 'a compiler wrote the file: nobody corrects it here');
}

/** The file of the same name outside of a folder that compilers write to. */
function madeFrom(folder: string, file: string): string | null {
  const rest = /^(?:dist|build|out|cjs|esm|umd|es5|es6)\/(?:(?:cjs|esm|umd|es5|es6|commonjs|node|browser)\/)?(.+)\.[cm]?js$/.exec(
    file,
  )?.[1];
  if (rest === undefined) return null;
  const names = [rest, rest.replace(/^(?:lib|src)\//, '')].flatMap((name) => ['', 'src/', 'lib/', 'source/'].map((top) => `${top}${name}`));
  const endings = ['.ts', '.tsx', '.js', '.mjs', '.jsx'];
  return (
    names.flatMap((name) => endings.map((ending) => name + ending)).find((each) => each !== file && existsSync(join(folder, each))) ?? null
  );
}

/** Nobody writes lines that long, or reads them. */
function minified(text: string): boolean {
  const lines = text.split('\n');
  return (text.length > 200 && text.length / lines.length > 150) || lines.some((line) => line.length > 1000);
}
