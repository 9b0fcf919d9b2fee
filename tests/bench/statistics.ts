/** The value below which `share` of the numbers lie. */
export function percentile(numbers: readonly number[], share: number): number {
  if (numbers.length === 0) throw new Error('no numbers to take a percentile of');
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? percentile(sorted, 0.5) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function round(number: number, digits = 1): number {
  return Number(number.toFixed(digits));
}

/** The medians of two series that were measured in turns, and the median of their ratios, round by round. */
export function compare(ours: readonly number[], bare: readonly number[]): { ms: number; bare_ms: number; ratio: number } {
  const ratios = ours.map((value, at) => value / (bare[at] ?? Number.NaN));
  return { ms: round(median(ours)), bare_ms: round(median(bare)), ratio: round(median(ratios), 2) };
}
