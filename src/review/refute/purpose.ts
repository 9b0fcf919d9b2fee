import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../analyzers/outcome.js';
import type { LocatedHit } from '../merge.js';
import { lowered, type Verdict } from './nodes.js';

/** Where a project says in a line what it is, and in some words. */
const descriptions = ['package.json', 'pyproject.toml', 'setup.cfg', 'setup.py', 'PKG-INFO'];

/** What stands in many homes signs its own certificate: there is nobody who would sign one for an address at home. */
const device =
  /\b(?:smart[ -]?home|home[ -]?(?:automation|assistant|bridge|kit)|iobroker|openhab|domoticz|upnp|tr-064|(?:wi-?fi|wireless|home) routers?|modems?|thermostats?|inverters?|lamps?|lighting|(?:ip|web|security)[ -]cameras?|doorbells?|(?:network|label|receipt|3d) printers?|televisions?|smart[ -]?tv|set-top box|heat pumps?|access points?|(?:network|iot|smart|zigbee|z-wave) devices?|device control|speakers?|fritz!?box|ubiquiti|unifi|philips[ -]hue)\b/i;

/** What is only asked by whoever runs it on their own machine, for a time. */
const forTests =
  /\b(?:test doubles?|\bmocking\b|mock (?:servers?|apis?|proxy)|test(?:ing)? ?(?:servers?|clients?)|(?:collection|set|library) of test(?:ing)? (?:utilities|helpers)|plugin of pytest|pytest plugin|(?:http|api|server|request) mock(?:s|ing)?|service virtuali[sz]ation|fake servers?|(?:vulnerability|security|port) scanners?|penetration test(?:s|ing)?|scanning targets|load[ -]test(?:s|ing|er)?|(?:http )?benchmark(?:s|ing)? tool|(?:dev|development) (?:web )?servers?|serverless[- ]offline|local emulat(?:or|ion)s?|live[ -]?reload|record(?:s|ing)? [^.\n]{0,60}\breplay|during development|server for developers)\b/i;

const ofServers = new Set(['tls-verification-off', 'path-traversal', 'request-forgery', 'reflected-html', 'open-redirect']);

/** What the description of the whole project says against a report: not that it is wrong, but that its owners know it. */
export async function byPurpose(
  hits: readonly LocatedHit[],
  { folder, files }: { folder: string; files: readonly string[] },
): Promise<Map<LocatedHit, Verdict>> {
  const verdicts = new Map<LocatedHit, Verdict>();
  const asked = hits.filter(({ rule, agent }) => agent === undefined && ofServers.has(rule.class) && rule.priority !== 'P2');
  if (asked.length === 0) return verdicts;
  const installed = files.filter((each) => /^[^/]+\.dist-info\/METADATA$/.test(each));
  for (const name of [...descriptions.filter((each) => files.includes(each)), ...installed]) {
    const text = await readFile(join(folder, name), 'utf8');
    const said = describedIn(name, text);
    const [tests, home] = [forTests.exec(said)?.[0], device.exec(said)?.[0]];
    const command = name === 'package.json' ? commandLine(text) : undefined;
    for (const hit of asked) {
      if (verdicts.has(hit)) continue;
      if (tests !== undefined) verdicts.set(hit, lowered('server of developers', `${name} says what the program is: ${tests}`));
      else if (command !== undefined && hit.rule.class !== 'tls-verification-off')
        verdicts.set(hit, lowered('server of developers', `${command} is a command line: whoever starts what answers in it asks it`));
      else if (home !== undefined && hit.rule.class === 'tls-verification-off')
        verdicts.set(
          hit,
          lowered('device at home', `${name} says what the program speaks to (${home}), and nobody signs a certificate for one`),
        );
    }
  }
  return verdicts;
}

const Manifest = z.object({
  name: z.string().catch(''),
  bin: z.unknown().optional(),
  description: z.string().catch(''),
  keywords: z.array(z.string()).catch([]),
});

/** The name of a package that is called a command line, and has commands. */
function commandLine(manifest: string): string | undefined {
  const { name, bin } = Manifest.safeParse(parseJson(manifest)).data ?? {};
  return bin !== undefined && /(?:^|[-/])cli(?:-|$)/.test(name ?? '') ? name : undefined;
}

/** What a project says of itself: its description and keywords, as each of these files has them. */
function describedIn(name: string, text: string): string {
  if (name === 'package.json') {
    const manifest = Manifest.safeParse(parseJson(text)).data;
    return manifest ? [manifest.description, ...manifest.keywords].join('\n') : '';
  }
  const lines = text.matchAll(/(?:^|[\s(,])(?:summary|description|keywords)\s?[:=]\s?(\[[^\]]{0,2000}\]|[^\n]{1,1000})/gim);
  // Plugins of pytest bear its name.
  const plugin = /^[ \t]*name\s?[:=]\s?["']?pytest[-_]/im.test(text) ? 'plugin of pytest\n' : '';
  return plugin + [...lines].map(([, said]) => said!.replaceAll(/["',]+/g, '\n')).join('\n');
}
