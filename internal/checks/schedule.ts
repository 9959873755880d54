// Each way, of the interval: targets that were started together do not stay so.
const JITTER = 0.1;
const MAX_FIRST_DELAY_MS = 1000;

/** Milliseconds until the next check of a target, `elapsedMs` after its last one began. `random` is in [0, 1). */
export function nextDelayMs(intervalMs: number, elapsedMs: number, random: number): number {
  return Math.max(0, intervalMs * (1 + JITTER * (2 * random - 1)) - elapsedMs);
}

/** The longest time between two checks of a target, in milliseconds, by which nobody can say that it was not checked. */
export function longestBreakMs(intervalMs: number, timeoutMs: number): number {
  return 2 * (intervalMs + timeoutMs);
}

/**
 * Milliseconds until the first check, `sinceLastMs` after the last one by whoever checked before: no sooner than it would
 * have been checked by that one. At most a second more, so that not all targets are asked at once. `random` is in [0, 1).
 */
export function firstDelayMs(intervalMs: number, sinceLastMs: number | undefined, random: number): number {
  const remainingMs = sinceLastMs === undefined ? 0 : intervalMs - sinceLastMs;
  const spreadMs = random * Math.min(intervalMs, MAX_FIRST_DELAY_MS);
  // A last check that lies ahead, by another's clock or before ours was set back, must not put it off.
  return Math.min(Math.max(0, remainingMs), intervalMs) + spreadMs;
}
