/** How long to wait after a failure. */
export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * How long to wait after so many failures in a row, from 1: twice as long each time, up to a bound, with jitter of up to
 * half, so that what failed together does not come back together. `random` gives numbers in [0, 1).
 */
export function pauseMs(
  failures: number,
  { firstMs, longestMs }: Pauses,
  random: () => number = Math.random,
): number {
  return Math.min(firstMs * 2 ** (failures - 1), longestMs) * (0.5 + random() / 2);
}

/**
 * How long a `Retry-After` header asks to wait, in milliseconds from `nowMs`; 0 if it is missing or makes no sense. At
 * most a minute, so that one broken answer does not silence who asked.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), LONGEST_RETRY_AFTER_MS);
}
