import { dropped, type Examined, kinds, lineAround, lowered, type Verdict } from './nodes.js';
import { template } from './template.js';

/** A file that our parser cannot read, and others can, or that nobody reads. */
export function readByOthers(examined: Examined): Verdict | null {
  return (
    template(examined) ??
    newerLanguage(examined) ??
    leftBehind(examined) ??
    cellOfNotebook(examined) ??
    pieceOfPage(examined) ??
    typedScript(examined) ??
    fragment(examined)
  );
}

function newerLanguage({ file, text, start, words }: Examined): Verdict | null {
  // What ruff takes for the statement of that name.
  const name = / Compound statements are not allowed /.test(words)
    ? /;[ \t]*(match|case|type)[ \t]*=(?!=)/.exec(lineAround(text, start))?.[1]
    : undefined;
  if (name) return dropped('name', `${name} is a name there, as Python reads it`);
  const isLater = / on Python 3\.\d+ \(syntax was added /.test(words);
  if (isLater && file.endsWith('.pyi'))
    return dropped('never run', 'a stub is read by type checkers only, which know the syntax of every Python');
  if (isLater && text.startsWith('#!'))
    return lowered('started by hand', 'whoever starts the file chooses the Python, which may be newer than the oldest one of the package');
  return /^export (?:\w+|\* as \w+) from\b/.test(lineAround(text, start))
    ? lowered('syntax to come', 'only compilers of new syntax know it, and they take it out')
    : null;
}

function leftBehind({ file }: Examined): Verdict | null {
  if (/\.d\.[cm]?ts$/.test(file)) return lowered('never run', 'declarations are read by compilers only, which say more of them');
  const folder = /(?:^|\/)(prototypes?|attic|obsolete|graveyard)\//i.exec(file)?.[1];
  return folder === undefined ? null : lowered('never run', `what lies in ${folder}/ is kept, and not run`);
}

/** `%pip install …` between `# %%`: a notebook as a file of Python, which its editor runs cell by cell. */
function cellOfNotebook({ file, text, start }: Examined): Verdict | null {
  return file.endsWith('.py') && /^\s*(?:%{1,2}[a-z]\w*|!\w)/.test(lineAround(text, start)) && /^# (?:%%|COMMAND -{5})|^#%%/m.test(text)
    ? lowered('cell of a notebook', 'the file is cut into cells, and what runs those knows commands that Python does not')
    : null;
}

/** `<script>` at the top: a piece of a page, whatever its name says. */
function pieceOfPage({ file, text }: Examined): Verdict | null {
  return /\.[cm]?js$/.test(file) && /^\s{0,200}<(?:!doctype|!--|html|head|body|script|style|template|div)\b/i.test(text)
    ? lowered('piece of a page', 'it begins with a tag of HTML: what puts it into its page reads it as text')
    : null;
}

/** What another program puts into a file of its own, evaluates or looks for in files: code that is indented as a whole, an object from its midst. */
function fragment({ language, text }: Examined): Verdict | null {
  const why =
    language === 'python'
      ? !/^[^\s#]/m.test(text) && 'all of it is indented'
      : /^[ \t]+["'\w$]+\??:\s?[{[]/.test(text)
        ? 'it begins in the midst of an object'
        : /^\s{0,200}(?:async )?function\s?\(/.test(text)
          ? 'it begins with a function that has no name'
          : /^export \w+=[("'[]/.test(text) && 'it sets a variable of a shell';
  return why ? lowered('part of a file', `${why}: what reads it takes it for a piece of another file`) : null;
}

/** A script with types, which another compiler reads. */
function typedScript({ file, root, words, text, start }: Examined): Verdict | null {
  if (/\.[cm]?tsx?$/.test(file) && /\bfield named 'constructor'/.test(words))
    return lowered('only declared', 'it says of what type the constructor is, and makes no field');
  if (!/\.jsx?$/.test(file) || kinds(root, 'type_annotation', 'type_alias_declaration').length === 0) return null;
  // Flow has types that no other compiler reads either, but a field of a class that only says its type is never JavaScript.
  const isField = /^\s*(?:static\s+)?[\w$]+\??\s?:\s?[\w$.<>[\]|?, ]+;\s*$/.test(lineAround(text, start));
  return root.find({ rule: { kind: 'ERROR' } }) && !isField
    ? null
    : lowered('script with types', 'only the types in it are not JavaScript: the compiler of Flow takes them out');
}
