/** What to do in place of the next calls of a method. */
export type Fault =
  | { kind: 'rate_limited'; retryAfter: number }
  | { kind: 'error'; error: string }
  | { kind: 'status'; status: number }
  /** The call is carried out, but the answer comes late. */
  | { kind: 'slow'; ms: number }
  /** The call is carried out, but its answer is lost with the connection. */
  | { kind: 'lost_answer' };

export function createFaults() {
  const waiting = new Map<string, Array<{ fault: Fault; left: number }>>();
  return {
    /** `method` may be `*`. */
    add(method: string, fault: Fault, times = 1): void {
      waiting.set(method, [...(waiting.get(method) ?? []), { fault, left: times }]);
    },
    take(method: string): Fault | undefined {
      for (const name of [method, '*']) {
        const list = waiting.get(name);
        const first = list?.[0];
        if (!list || !first) continue;
        first.left -= 1;
        if (first.left <= 0) list.shift();
        return first.fault;
      }
      return undefined;
    },
    clear: () => waiting.clear(),
  };
}

export type Faults = ReturnType<typeof createFaults>;
