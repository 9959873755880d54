import { inTurns } from '../../program/in-turns.ts';
import { Fold, type TakeInterval } from '../fold.ts';
import { SECONDS_PER_HOUR, unionOf, type ObservedHour } from '../timeline.ts';
import { hoursOfSpan, toObservedHour, type HourRow } from './hours.ts';
import type { HistorySource, PendingHours } from './reader.ts';

/** A service whose intervals are wanted, oldest first, and the gap by which they are some. */
export interface Wanted {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly take: TakeInterval;
}

// An hour can take 32 KB as text.
const HOURS_AT_ONCE = 2500;
// As many parts of a long span are read at once: PostgreSQL takes most of the time.
const READS_AT_ONCE = 2;
const none: readonly ObservedHour[] = [];

/**
 * Tells the intervals of services that hold a second of [from, to), in whole unix seconds, and perhaps others around it; those
 * at its edges may go on behind them. With `onlyIssueHours` only hours with an issue are read, and those of which something
 * is pending: issues, and no others, are what they are by all hours then, if no gap is longer than an hour. `pending` was
 * asked for before. Holds a part of the hours at a time, however long the span.
 */
export async function foldSpan(
  source: HistorySource,
  wanted: readonly Wanted[],
  pending: PendingHours,
  {
    from,
    to,
    onlyIssueHours,
  }: { readonly from: number; readonly to: number; readonly onlyIssueHours: boolean },
): Promise<void> {
  if (wanted.length === 0) return;
  const names = wanted.map(({ serviceName }) => serviceName);
  // An interval may reach over an edge of the span by its gaps: their other ends are needed.
  const gapSeconds = Math.max(...wanted.map((each) => each.gapSeconds));
  const fromHour = Math.max(0, Math.floor((from - gapSeconds) / SECONDS_PER_HOUR));
  const beforeHour = Math.floor((to + gapSeconds) / SECONDS_PER_HOUR) + 1;
  const folds = new Map(
    wanted.map((each) => {
      const own = pending.get(each.serviceName) ?? none;
      const fold = new Fold(each.gapSeconds, each.take);
      return [
        each.serviceName,
        new FoldWithPending(
          fold,
          own.filter(({ hour }) => hour >= fromHour),
        ),
      ];
    }),
  );
  const inMemory = onlyIssueHours ? [...pending.values()].flat() : none;
  const hours = beforeHour - fromHour;
  const step = Math.max(
    1,
    Math.min(Math.floor(HOURS_AT_ONCE / names.length), Math.ceil(hours / READS_AT_ONCE)),
  );
  const starts = Array.from({ length: Math.ceil(hours / step) }, (_, index) => fromHour + index * step);
  const read = (start: number) => {
    const part = { fromHour: start, beforeHour: Math.min(beforeHour, start + step) };
    const which = { ...part, withIssueOr: onlyIssueHours ? inMemory : undefined };
    const rows = hoursOfSpan(source.database, names, which);
    rows.catch(() => undefined); // Awaited in its turn.
    return { ...part, rows };
  };
  const reads = starts.slice(0, READS_AT_ONCE).map(read);
  for (let next = reads.length, part = reads.shift(); part !== undefined; part = reads.shift()) {
    const rows = await part.rows;
    const following = starts[next++];
    if (following !== undefined) reads.push(read(following));
    await inTurns(rows, (row) => folds.get(row.service_name)?.take(row));
  }
  for (const fold of folds.values()) fold.end(beforeHour);
}

/** A service's fold, and what of it is pending, oldest first: that and its stored hours come in order. */
class FoldWithPending {
  readonly #fold: Fold;
  readonly #pending: readonly ObservedHour[];
  #next = 0;

  constructor(fold: Fold, pending: readonly ObservedHour[]) {
    this.#fold = fold;
    this.#pending = pending;
  }

  take(row: HourRow): void {
    this.takePendingBefore(row.hour);
    const pending = this.#pending[this.#next];
    if (pending?.hour === row.hour) {
      this.#next++;
      this.#fold.takeObserved(unionOf(toObservedHour(row).observed, pending.observed));
    } else {
      this.#fold.takeTexts(row.hour * SECONDS_PER_HOUR, row.deploy, row.issue);
    }
  }

  takePendingBefore(hour: number): void {
    for (let next = this.#pending[this.#next]; next !== undefined && next.hour < hour;) {
      this.#fold.takeObserved(next.observed);
      next = this.#pending[++this.#next];
    }
  }

  end(beforeHour: number): void {
    this.takePendingBefore(beforeHour);
    this.#fold.end();
  }
}
