import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/security/redact.js';

describe('redaction (RV-10)', () => {
  it.each([
    ['xoxb-123456789012-abcdefghijkl', '[redacted]'],
    ['a ghp_abcdefghijklmnopqrstuvwxyz0123456789 b', 'a [redacted] b'],
    ['sk-ant-REDACTED', '[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['https://dana:hunter2@example.com/x', 'https://[redacted]@example.com/x'],
    ['postgres://bot:p%40ss@127.0.0.1:5432/db', 'postgres://[redacted]@127.0.0.1:5432/db'],
    ['Authorization: Bearer abcdef', 'Authorization: Bearer [redacted]'],
    ['NPM_TOKEN=abc123xyz789', 'NPM_TOKEN=[redacted]'],
    ['password: "correct horse"', 'password: "[redacted]"'],
    ["const apiKey = 'abcd1234';", "const apiKey = '[redacted]';"],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nafter', '[redacted]\nafter'],
    ['-----BEGIN PRIVATE KEY-----\ncut', '[redacted]'],
    ['(token: string) => token.length', '(token: string) => token.length'],
    ['3 tests passed in src/tokens.ts:12', '3 tests passed in src/tokens.ts:12'],
  ])('%j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
  it('hides values it is told, wherever they stand', () => {
    expect(redact('x plain-value y', ['plain-value', 'x'])).toBe('x [redacted] y');
  });
  // A pattern that backtracks without end does not return from this within the test's time limit.
  it('comes back from hostile text, and changes nothing when run again', () => {
    for (const part of ['a', 'token', 'token=', '://', 'eyJ', '-----BEGIN ', 'password : ', 'https://a:'])
      redact(part.repeat((64 * 1024) / part.length));
    fc.assert(fc.property(fc.string(), (text) => redact(redact(text)) === redact(text)));
  });
});
