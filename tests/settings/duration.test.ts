import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/settings/duration.js';

it('reads the ways people write durations', () => {
  expect(['30m', '1h30m', ' 90 s ', '2d', '1.5h', '250ms', '1w', '0s'].map(parseDuration)).toEqual([
    1_800_000, 5_400_000, 90_000, 172_800_000, 5_400_000, 250, 604_800_000, 0,
  ]);
});

it('refuses what is none', () => {
  for (const text of ['', '30', 'm', '-5m', '1e3s', '5 minutes', '99999999w', '30m;', 'Infinityh'])
    expect(parseDuration(text), text).toBeNull();
});

it('reads back what it wrote', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 36_525 * 86_400_000 }), (ms) => parseDuration(formatDuration(ms)) === ms));
});

it('never throws and never returns a negative or fractional value', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = parseDuration(text);
      return value === null || (Number.isInteger(value) && value >= 0);
    }),
  );
});
