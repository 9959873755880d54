// Seconds of the year 5138, which as milliseconds is 1973: what is larger can only be milliseconds, as agents in
// JavaScript and Java send them, up to the year 5138 of those.
const SURELY_MILLISECONDS = { from: 1e11, before: 1e14 };

/**
 * Why a number cannot be the unix seconds of something that was seen, or undefined. `nowSeconds` is the server's
 * clock; `maxFutureSeconds` says how far the caller's may be ahead of it.
 */
export function unixSecondsFault(
  seconds: number,
  nowSeconds: number,
  maxFutureSeconds: number,
): string | undefined {
  if (!Number.isFinite(seconds)) return 'must be finite';
  if (seconds < 0) return 'must not be negative';
  if (seconds <= nowSeconds + maxFutureSeconds) return undefined;
  if (seconds >= SURELY_MILLISECONDS.from && seconds < SURELY_MILLISECONDS.before) {
    return 'must be unix seconds; this value can only be milliseconds';
  }
  return `must be at most ${maxFutureSeconds} seconds ahead of the server's clock`;
}
