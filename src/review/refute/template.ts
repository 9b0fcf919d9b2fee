import { dropped, type Examined, lineAround, lowered, type Verdict } from './nodes.js';

/** What other files are made from is not what it will be. */
export function template({ file, text, start }: Examined): Verdict | null {
  if (namedPattern.test(file)) return dropped('template', 'its name says that other files are made from it');
  const folder = patternFolder(file);
  if (folder !== undefined) return dropped('template', `what lies in ${folder}/ is a pattern for other files`);
  if (
    /\{%[^\n%]{0,200}%\}|\{\{[^\n{}]{0,200}\}\}|<%|%\(\w+\)s|%%\w+%%|@@\w+|[=(,:] ?@[A-Z][A-Z_]+@|\bfrom \$[A-Z][A-Z_]+;/.test(
      lineAround(text, start),
    )
  )
    return lowered('template', 'the line has places that are filled in before it is run');
  if (/\{\{[^{}]{1,100}\}\}/.test(file)) return lowered('template', 'its path has places that are filled in before it is run');
  if (/(?:^|[/._-])(?:header|footer|intro|outro|prefix|suffix|pre|post|prologue|epilogue|banner)\.[cm]?js$/.test(file))
    return lowered('template', 'its name says that it is put around other text');
  return null;
}

const namedPattern = /[._-](tpl|tmpl|template|stub)\.\w+$/i;

const patternFolder = (file: string): string | undefined =>
  /(?:^|\/)(_?templates?|scaffold(?:s|ing)?|skeletons?|blueprints?|boilerplates?|stubs?)\//.exec(file)?.[1];

/** A name that the file gets when another one is made from it. */
export function filledIn({ file, text }: Examined): Verdict | null {
  if (namedPattern.test(file) || /(?:^|\/)blueprint\.[cm]?js$/.test(file))
    return lowered('template', 'its name says that other files are made from it');
  const folder = patternFolder(file);
  const filled = /@@\w+/.exec(text)?.[0] ?? /^\s*(\$(?:[a-z]\w+|[A-Z][A-Z_]+);?)\s*$/m.exec(text)?.[1];
  if (filled !== undefined) return lowered('template', `other text takes the place of ${filled}, and may define the name`);
  return folder === undefined ? null : lowered('template', `what lies in ${folder}/ is a pattern for other files`);
}
