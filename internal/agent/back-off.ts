const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Decides how many requests may be under way, for all reports together: they go to one server, so what one
 * of them meets the others would meet too.
 *
 * - flowing: up to `maxInFlight`. A failure begins a pause.
 * - paused: none, until the pause and what the server asked for in `Retry-After` are over.
 * - probing: one. If it succeeds, flowing; if it fails, paused again, about twice as long.
 *
 * Requests that were under way when a pause began tell about the server before it: they carry an older
 * round, count neither as success nor as failure, and can only lengthen the pause by their `Retry-After`.
 */
export class BackOff {
  /** Requests remember the round that they were started in. */
  round = 0;
  pausedUntilMs = 0;
  private failures = 0;
  private readonly random: () => number;
  private readonly maxInFlight: number;

  /** `random` gives numbers in [0, 1) for the jitter. */
  constructor(maxInFlight: number, random: () => number) {
    this.maxInFlight = maxInFlight;
    this.random = random;
  }

  /** How many requests may be under way at `nowMs`. */
  allowedInFlight(nowMs: number): number {
    if (nowMs < this.pausedUntilMs) return 0;
    return this.failures > 0 ? 1 : this.maxInFlight;
  }

  /** A request of `round` was answered, whatever the answer says about the report. */
  succeeded(round: number): void {
    if (round === this.round) this.failures = 0;
  }

  /** A request of `round` has to be sent again, not before `retryAfterMs` are over. */
  failed(round: number, nowMs: number, retryAfterMs: number): void {
    if (round !== this.round) {
      if (retryAfterMs > 0) this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + retryAfterMs);
      return;
    }
    this.round++;
    this.failures++;
    const pauseMs = Math.min(firstPauseMs * 2 ** (this.failures - 1), longestPauseMs);
    this.pausedUntilMs = nowMs + retryAfterMs + pauseMs * (0.5 + this.random() / 2);
  }
}
