import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { dbosLogger, slackLogger } from '../../src/telemetry/adapters.js';
import { createLog } from '../../src/telemetry/log.js';

const fakeToken = ['xoxb', '1234567890', 'abcdefghijkl'].join('-');

function capture(level: 'debug' | 'info' = 'info') {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const log = createLog({ level, destination });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

it('carries run and repository on every line of a child', () => {
  const { log, lines } = capture();
  log.child({ run: 'r-7f3k', repo: 'api' }).warn({ agent: 'security' }, 'analysis timed out');
  expect(lines()).toMatchObject([{ level: 'warn', run: 'r-7f3k', repo: 'api', agent: 'security', msg: 'analysis timed out' }]);
});

it('takes secrets out of messages, fields, nested errors and escaped text', () => {
  const { log, text, lines } = capture();
  const cause = new Error(`connect postgres://bot:s3cr3t-word@db/x\n${fakeToken}`);
  log.error(
    {
      err: new Error('failed', { cause }),
      headers: { authorization: 'Basic aGVsbG86d29ybGQ=' },
      deep: { a: { b: { password: 'hunter2' } } },
    },
    `got\n${fakeToken}`,
  );
  expect(lines()).toHaveLength(1);
  expect(text()).not.toMatch(/abcdefghijkl|s3cr3t-word|aGVsbG8|hunter2/);
  expect(lines()[0]).toMatchObject({ msg: 'got\n[redacted]', headers: { authorization: '[redacted]' }, level: 'error' });
});

it('speaks Slack’s logger: many values become one line, the error keeps its stack, levels are ours', () => {
  const { log, lines } = capture();
  const logger = slackLogger(log);
  logger.setLevel('debug' as never);
  logger.debug('hidden');
  logger.setName('socket-mode');
  logger.warn('lost', { attempt: 2 }, new Error('closed'));
  expect(logger.getLevel()).toBe('info');
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).toMatchObject({
    level: 'warn',
    part: 'socket-mode',
    msg: 'lost {"attempt":2}',
    err: { message: 'closed', type: 'Error' },
  });
});

it('quiets DBOS by one level and keeps its errors', () => {
  const { log, lines } = capture();
  const logger = dbosLogger(log);
  logger.info('chatty');
  logger.error(new Error('lost the database'));
  expect(lines()).toMatchObject([{ level: 'error', part: 'dbos', err: { message: 'lost the database' } }]);
});
