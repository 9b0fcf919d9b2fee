import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof units;

/** A century: longer ones are typing mistakes, and their deadlines would leave the range of a timestamp. */
const longest = 36_525 * units.d;

/** Milliseconds of `30m`, `1h30m`, `90 s` or `2d`; null when the text is not a duration. */
export function parseDuration(text: string): number | null {
  const compact = text.trim().replace(/\s+/g, '');
  if (!/^(?:\d{1,9}(?:\.\d{1,3})?(?:ms|[smhdw]))+$/.test(compact)) return null;
  let total = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) total += Number(amount) * units[unit as Unit];
  const rounded = Math.round(total);
  return rounded <= longest ? rounded : null;
}

/** The shortest exact way to write it in a settings file: `30m`, `1h30m`, `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const amount = Math.floor(rest / units[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * units[unit];
  }
  return text === '' ? '0s' : text;
}

/** A duration in a settings file: written `30m`, read as milliseconds. */
export const Duration = z.string({ error: 'write a number and a unit, such as 30m, 1h30m or 2d' }).transform((text, context) => {
  const value = parseDuration(text);
  if (value !== null) return value;
  context.addIssue({
    code: 'custom',
    message: `"${text.slice(0, 40)}" is not a duration; write a number and a unit, such as 30m, 1h30m or 2d`,
  });
  return z.NEVER;
});

/** A duration that has to pass, such as a deadline: `0s` is refused. */
export const PositiveDuration = Duration.refine((value) => value > 0, 'must be longer than 0s');
