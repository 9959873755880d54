/** How often and how much is settled. */
export interface Pace {
  /** From one round to the next, while nobody wants to read. */
  readonly pauseMs: number;
  /** Most bytes that one transaction takes. */
  readonly mostBytes: number;
  /** From so many pending rows on, writing waits for the next round. */
  readonly mostRows: number;
}

/** What became of one transaction; without `isAll` it failed. */
export interface SettledPart {
  readonly durationMs: number;
  /** Rows that this process had written since the one before. */
  readonly rows: number;
  /** Whether it took all that was there. */
  readonly isAll?: boolean;
}

// About a twentieth of the time goes to settling, more where rounds are long: each round merges all that came since the
// last. Whoever reads or watches does not wait for the pause.
const PAUSE_PER_ROUND = 19;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
// All that a transaction takes is held in memory, and it must end well before a statement's timeout. But what counts is
// how many services' hours it touches, not how often they are named: two halves take nearly twice as long as the whole.
const LONG_MS = 1500;
const MOST_BYTES = 2 ** 24;
const FEWEST_BYTES = 2 ** 16;
// As many as can be settled in about two seconds, by what the last ones took; and how far that is trusted: the more are
// settled at once, the more of them are of the same hours, and the less each costs.
const BACKLOG_MS = 2000;
const FEWEST_ROWS = 200_000;
const MOST_ROWS = 2_000_000;
const ROWS_THAT_TELL = 1000;

/** The pace to begin with. */
export const firstPace: Pace = {
  pauseMs: SHORTEST_PAUSE_MS,
  mostBytes: MOST_BYTES / 2,
  mostRows: FEWEST_ROWS,
};

/** The pace to go on with. */
export function nextPace(pace: Pace, { durationMs, rows, isAll }: SettledPart): Pace {
  const failed = isAll === undefined;
  const pauseMs = within(SHORTEST_PAUSE_MS, PAUSE_PER_ROUND * durationMs, LONGEST_PAUSE_MS);
  const bytesFactor = failed ? 1 / 4 : durationMs > LONG_MS ? 1 / 2 : isAll ? 1 : 2;
  const mostBytes = within(FEWEST_BYTES, pace.mostBytes * bytesFactor, MOST_BYTES);
  const tells = !failed && isAll && rows >= ROWS_THAT_TELL;
  const mostRows = tells
    ? within(FEWEST_ROWS, Math.round((rows * BACKLOG_MS) / durationMs), MOST_ROWS)
    : pace.mostRows;
  return { pauseMs, mostBytes, mostRows };
}

function within(least: number, value: number, most: number): number {
  return Math.min(Math.max(least, value), most);
}
