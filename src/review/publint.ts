// Child process: asks publint, a package of the owner's, about one folder after the other and prints what it says as a line of JSON each.
// Started by analyzers/found/publint.ts with the package's own entry and the folders. Its command prints only text for people, without
// the places and the names of the rules. Nothing is packed, because packing runs scripts of the folder.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [entry = ''] = process.argv.slice(2);
const { publint } = (await import(pathToFileURL(entry).href)) as {
  publint(options: { pkgDir: string; pack: false; level: 'warning' }): Promise<{ messages: object[] }>;
};
for await (const folder of createInterface({ input: process.stdin })) {
  const answer = await publint({ pkgDir: folder, pack: false, level: 'warning' }).catch((error: unknown) => ({
    problem: error instanceof Error ? error.message : String(error),
  }));
  process.stdout.write(`${JSON.stringify('problem' in answer ? answer : { messages: answer.messages })}\n`);
}
