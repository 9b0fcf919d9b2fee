import { type Examined, lowered, type Verdict } from './nodes.js';

const by = 'vendored file';

/** Folders whose names say that others wrote what lies in them. */
const foreign =
  /(?:^|\/)(_?vendor(?:ed|ing|s)?|_vendor(?:ed)?|third[-_]?part(?:y|ies)|3rd[-_]?part(?:y|ies)|bower_components|jspm_packages|externals?|extern|(?:static|public|assets|htdocs|www)\/(?:[^/]+\/)*(?:libs?|components))\//i;
/** Where web pages have their scripts: libraries are copied there. */
const ofPages = /(?:^|\/)(static|assets|public|www|htdocs|media|web|wwwroot|libs?|javascripts?|js)\//i;

/** What was copied from another project is corrected by taking its newer version, not by an edit here. */
export function vendored({ file, language, text }: Examined): Verdict | null {
  const folder = foreign.exec(file)?.[1];
  if (folder !== undefined || /^deps\/[^/]+\//.test(file))
    return lowered(by, `what lies in ${folder ?? 'deps'}/ was written by others: it is corrected by taking a newer version`);
  const copied = /(?:^|\/)(ez_setup|distribute_setup|get-pip|site-patch|versioneer)\.py$/.exec(file)?.[1];
  if (/(?:^|\/)bootstrap\.py$/.test(file) && text.includes('zc.buildout'))
    return lowered(by, 'bootstrap.py of zc.buildout is the same in many projects, and corrected where it comes from');
  if (copied !== undefined) return lowered(by, `${copied}.py is the same in many projects, and corrected where it comes from`);
  const release = /(?:^|\/)((?!(?:v|api|schemas?|releases?|versions?)[-_]?v?\d)[a-z][a-z-]*[-_]?v?\d+\.\d+\.\d+[a-z]?)\//i.exec(file)?.[1];
  if (release !== undefined) return lowered(by, `${release}/ is called after a version of something that others wrote`);
  const version = /[@-]\d+\.\d+\.\d+[\w.-]*\.[cm]?js$/.exec(file)?.[0];
  if (version !== undefined) return lowered(by, `its name says that it is version ${version.slice(1)} of something that others wrote`);
  if (language !== 'typescript' || !ofPages.test(file)) return null;
  const banner = bannerOf(text);
  const name =
    /([\w.$-]+(?: [\w.$-]+){0,4}?)[ ,]+\(?v?(?:ersion:? )?(\d+\.\d+(?:\.\d+)?)\b/i.exec(banner) ??
    /([\w.$-]+)\s*\n[\s\S]*?\bversion:?\s*(\d+\.\d+(?:\.\d+)?)\b/i.exec(banner);
  if (!name || !/\(c\)|©|copyright|licen[sc]e|https?:\/\//i.test(banner)) return null;
  return lowered(by, `its first lines say that it is ${name[1]} ${name[2]}: it is corrected by taking a newer version`);
}

/** The comments before the first line of code. */
function bannerOf(text: string): string {
  const lines = /^(?:\s*(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/|\(function[^\n]*|;|['"]use strict['"];?))+/.exec(
    text.slice(0, 4000).replace(/^\uFEFF/, ''),
  );
  return (lines?.[0] ?? '').slice(0, 1200);
}
