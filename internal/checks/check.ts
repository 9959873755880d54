/** What came of checking a target once. */
export interface Check {
  readonly target: string;
  /** When its outcome was known: whole milliseconds since 1970, by the clock of whoever checked. */
  readonly checkedMs: number;
  /** The status code; null if no whole response came. */
  readonly code: number | null;
  /** The status code as text, or what went wrong instead, such as `timeout`. */
  readonly outcome: string;
  /** From the first step to the outcome, to a tenth of a millisecond. */
  readonly latencyMs: number;
}

/** How far back `GET /checks` and `GET /checks/summary` look. */
export const WINDOW_MS = 300_000;

/** Anything but 2xx and 3xx is a failure. */
export function hasFailed({ code }: Pick<Check, 'code'>): boolean {
  return code === null || code < 200 || code > 399;
}

/** As in the answers: the time as RFC 3339 in UTC. */
export function checkJson({ target, checkedMs, code, outcome, latencyMs }: Check): object {
  return { target, timestamp: new Date(checkedMs).toISOString(), code, outcome, latency_ms: latencyMs };
}
