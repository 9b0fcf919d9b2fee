import { isSupportFile, languageOf } from '../languages.js';
import type { LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

/** Libraries with which a program answers others, and what they call a file that was sent to it. */
const answersOthers =
  /\b(?:flask|django|fastapi|starlette|aiohttp\.web|tornado|sanic|bottle|falcon|litestar|quart|werkzeug|pyramid|UploadFile|express|fastify|koa|hapi|multer|busboy|formidable|next\/server|createServer|BaseHTTPRequestHandler|socketserver)\b|\breq(?:uest)?\.(?:files?|body)\b/;

/** Of a release, say. */
const published = /["'`]https:\/\/[\w.-]{1,100}\/[^"'`\s{}]{0,200}(?:\.(?:zip|tgz|tar)\b|\/releases\/download\b|\/archive\/)/;

/**
 * In a program that answers nobody, whoever gives it an archive has chosen it, and mostly runs what is in it: of 11 reports in public
 * packages 4 were defects. One that answers requests is told, wherever in it the archive is opened,
 * but for an archive that the file itself knows where to fetch: whoever publishes that publishes the program, or what it runs.
 */
export async function chosenArchives(
  hits: readonly LocatedHit[],
  { files, textOf }: { files: readonly string[]; textOf: (file: string) => Promise<string> },
): Promise<Map<LocatedHit, Verdict>> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const asked = hits.filter(({ rule, agent }) => agent === undefined && rule.class === 'unsafe-archive' && rule.priority !== 'P2');
  if (asked.length === 0) return verdicts;
  for (const hit of asked)
    if (published.test(await textOf(hit.file)))
      verdicts.set(hit, lowered('own archives', 'its address stands in the file: it is no one else’s archive'));
  for (const file of files) {
    if (languageOf(file) === null || isSupportFile(file)) continue;
    if (answersOthers.test(await textOf(file))) return verdicts;
  }
  const verdict = lowered('own archives', 'nothing here answers requests: whoever gives it an archive has chosen it');
  for (const hit of asked) verdicts.set(hit, verdict);
  return verdicts;
}
