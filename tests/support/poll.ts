/** The first answer that is neither undefined nor null nor false; fails with `what` when there is none in time. */
export async function poll<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  patienceMs = 90_000,
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > until) throw new Error(`waited ${patienceMs / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
