import type { App } from '../app.js';
import type { Run } from '../bot.js';
import { BotError } from '../errors.js';
import type { Driver, Message } from '../local-workspace/index.js';
import { readNpmRegistry } from '../release/npm.js';
import { hasEnded } from '../runs/run.js';

const channel = 'platform';
const patienceMs = 120_000;

export interface Verdict {
  ok: boolean;
  /** One line for each thing that was checked. */
  checks: { ok: boolean; words: string }[];
}

/** The job did not get to where its next step stands. */
class ScriptStopped extends BotError {
  readonly code = 'script_stopped';
  constructor(readonly userMessage: string) {
    super(userMessage);
  }
}

/**
 * The whole job, as two people would do it in the channel: Dana asks for a review of the sample with fixes, may not approve what she
 * asked for, Ravi approves version and publication. Then everything is looked at again.
 */
export async function playScript(app: App, driver: Driver, registryUrl: string): Promise<Verdict> {
  const checks: Verdict['checks'] = [];
  const check = (ok: boolean, words: string) => checks.push({ ok, words });

  const shop = await ask(app, driver, 'shop-api --scope all --auto-fix');
  const bump = await buttonMessage(app, driver, shop, /^Patch /);
  await driver.as('dana').click(bump.ts, labelOf(bump, /^Patch /), { confirm: true });
  await driver.as('ravi').click(bump.ts, labelOf(bump, /^Patch /), { confirm: true });
  const publish = await buttonMessage(app, driver, shop, /^npm$/);
  await driver.as('ravi').click(publish.ts, 'npm', { confirm: true });
  const ended = await untilEnded(app, driver, shop);
  const release = ended.progress.release;
  const published = ended.progress.published[0];
  check(release !== null && published !== undefined, `shop-api: ${ended.progress.end?.line ?? 'no end'}`);
  if (published) {
    const state = await readNpmRegistry(published.name, { registry: registryUrl, token: undefined });
    check(state.latest === published.version, `the registry has ${published.name} ${state.latest ?? 'nothing'} as latest`);
    // From the start of this process, the setting up of database and samples included.
    const publishedAt = Date.parse(ended.progress.stages.release.endedAt ?? '');
    check(true, `published ${((publishedAt - performance.timeOrigin) / 1000).toFixed(1)} s after the start`);
  }
  await checkWhatIsLeft(app, driver, ended, 'shop-api', check);

  const ledger = await ask(app, driver, 'ledger-py --scope all --auto-fix');
  const ledgerEnd = await untilEnded(app, driver, ledger, 'Skip');
  check(ledgerEnd.status === 'done', `ledger-py: ${ledgerEnd.progress.end?.line ?? 'no end'}`);
  await checkWhatIsLeft(app, driver, ledgerEnd, 'ledger-py', check);
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** Every finding that was fixed is gone from a new review; every other one is listed with its reason. */
async function checkWhatIsLeft(
  app: App,
  driver: Driver,
  run: Run,
  repository: string,
  check: (ok: boolean, words: string) => void,
): Promise<void> {
  const again = await untilEnded(app, driver, await ask(app, driver, `${repository} --scope all --dry-run`));
  const before = await app.bot.findings(run.id);
  const now = new Set((await app.bot.findings(again.id)).map(({ finding }) => finding.fingerprint));
  const handedOver = run.progress.handover?.how === 'push';
  for (const fix of run.progress.fixes) {
    const found = before.find(({ issueId }) => issueId === fix.issueId);
    const there = found ? now.has(found.finding.fingerprint) : true;
    if (fix.status === 'fixed') check(handedOver ? !there : there, `${fix.issueId} ${fix.title}: ${there ? 'still there' : 'gone'}`);
    else check(fix.reason !== null && there, `${fix.issueId} ${fix.title}: left, ${fix.reason ?? 'without a reason'}`);
  }
  const listed = new Set(run.progress.fixes.map(({ issueId }) => issueId));
  const missing = before.filter(({ issueId }) => issueId === null || !listed.has(issueId));
  check(missing.length === 0, `${repository}: ${before.length} findings, each fixed or listed with the reason`);
}

async function ask(app: App, driver: Driver, text: string): Promise<string> {
  const known = new Set((await app.bot.runs({ limit: 200 })).map(({ id }) => id));
  await driver.as('dana').command(channel, '/review-and-fix', text);
  return poll(`a run for "${text}"`, async () => (await app.bot.runs({ limit: 200 })).find(({ id }) => !known.has(id))?.id);
}

/** `press`: what Ravi answers to any question that comes up meanwhile. */
async function untilEnded(app: App, driver: Driver, runId: string, press?: string): Promise<Run> {
  const ended = await poll(`the end of ${runId}`, async () => {
    const run = await app.bot.run(runId);
    if (press) {
      for (const approval of await app.bot.approvals({ status: 'pending', runId })) {
        const message = messagesOf(driver).find(
          (candidate) => JSON.stringify(candidate.blocks).includes(approval.id) && findLabel(candidate, new RegExp(`^${press}`)),
        );
        if (message) await driver.as('ravi').click(message.ts, press, { confirm: true });
      }
    }
    return run && hasEnded(run.status) ? run : undefined;
  });
  // What is drawn lags what is: the thread's last state is waited for too.
  await poll(`the last word on ${runId}`, async () => {
    const { rows } = await app.database.pool.query<{ shown: boolean }>(
      'select shown >= version as shown from mahavishnu.slack_threads where key = $1',
      [runId],
    );
    return rows.length === 0 || rows[0]?.shown === true ? true : undefined;
  });
  return ended;
}

function buttonMessage(app: App, driver: Driver, runId: string, label: RegExp): Promise<Message> {
  return poll(`a button ${label} in the thread of ${runId}`, async () => {
    const message = messagesOf(driver).findLast((candidate) => findLabel(candidate, label));
    if (message) return message;
    const run = await app.bot.run(runId);
    if (run && hasEnded(run.status))
      throw new ScriptStopped(`${runId} ended before it offered a button ${label}: ${run.progress.end?.line ?? run.status}`);
    return undefined;
  });
}

function messagesOf(driver: Driver): Message[] {
  return driver
    .channel(channel)
    .messages()
    .flatMap((root) => driver.thread(root.ts));
}

function labelOf(message: Message, label: RegExp): string {
  return findLabel(message, label) ?? '';
}

function findLabel(message: Message, label: RegExp): string | undefined {
  for (const block of message.blocks as { elements?: { type?: string; text?: { text?: string } }[] }[]) {
    for (const element of block.elements ?? []) {
      const text = element.type === 'button' ? element.text?.text : undefined;
      if (text !== undefined && label.test(text)) return text;
    }
  }
  return undefined;
}

async function poll<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new ScriptStopped(`The script waited ${patienceMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
