/**
 * How far what is shown can be trusted. `live`: it is true now. `stale`: the service says itself that its data is old.
 * `lost`: nothing is heard from the service. `connecting`: nothing was heard yet.
 */
export type Freshness = 'connecting' | 'live' | 'stale' | 'lost';

// The service speaks once a second.
const SILENCE_MS = 5000;
const OLD_SECONDS = 5;

/** What is known of the connection; times in milliseconds of one clock, `now` and `readAt` in unix seconds. */
export interface Heard {
  /** Since when it is tried to hear anything: to load the page may have taken longer than that may take. */
  readonly begunMs: number;
  readonly isOpen: boolean;
  readonly lastMessageMs: number | undefined;
  readonly now: number;
  readonly readAt: number;
}

/** Judges the connection at `nowMs`. */
export function freshnessOf(
  { begunMs, isOpen, lastMessageMs, now, readAt }: Heard,
  nowMs: number,
): Freshness {
  if (lastMessageMs === undefined) return isOpen || nowMs - begunMs < SILENCE_MS ? 'connecting' : 'lost';
  if (!isOpen || nowMs - lastMessageMs > SILENCE_MS) return 'lost';
  return now - readAt > OLD_SECONDS ? 'stale' : 'live';
}

/** How long to wait before the n-th try in a row to connect, in milliseconds; `random` is in [0, 1). */
export function reconnectDelayMs(failures: number, random: number): number {
  return Math.min(10_000, 500 * 2 ** failures) * (0.5 + random / 2);
}
