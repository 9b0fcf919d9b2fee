import type { Language } from './languages.js';

/** Words of handshakes in which both sides hash the password together with what the other one sent. */
const handshake = /\b(scramble\w*|ntlm\w*|cram_?md5\w*|sasl\w*|digest_?auth\w*|http_?digest\w*|cnonce|qop|ha1|challenge_?response\w*)\b/i;
const client: Record<Language, RegExp> = {
  python: /^[ \t]*(import|from)[ \t]+(requests|httpx|aiohttp|urllib3|urllib\.request|http\.client|websockets?)\b/m,
  typescript: /\b(axios|node-fetch|undici|superagent)\b|(?<![.\w])fetch\(|\bfrom ['"]got['"]|\brequire\(['"]got['"]\)/,
};
/** Where accounts are kept or checked, or others are served, the hash is one of our own choice. */
const keeper =
  /\b(insert into|update \w+ set|compare_digest|timingSafeEqual|createServer|flask|django|fastapi|starlette|express|koa|fastify|sqlalchemy|prisma|mongoose|sqlite3|psycopg2?|cursor|knex|session\.(add|commit)|stored\w*)\b|\.(save|commit)\(|[!=]=\s*\w{0,40}(hash|digest)|(hash|digest)\w{0,40}\s*[!=]=|(check|verify|set|reset|change|store|create|register)_?\w{0,40}(password|user|account)/i;

/** The server that a client talks to, or the protocol it speaks, says which hash it wants. */
export function prescribesHash({ language, text }: { language: Language; text: string }): boolean {
  const code = language === 'python' ? text.replace(/#.*/g, '') : text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '');
  return (
    (handshake.test(code) && !/\binsert into\b|\bupdate \w+ set\b|\.(save|commit)\(/i.test(code)) ||
    (client[language].test(code) && !keeper.test(code))
  );
}
