import type pg from 'pg';

import { withCheckpoint } from './checkpoint.ts';
import { byService, concatenate } from './history.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { newestHours, type NewestHour } from './newest-hours.ts';
import { hoursBeforeEach, type ObservedHour } from './queries.ts';
import { intervalsOf, type Interval } from './timeline.ts';

/** A service and its newest interval. */
export interface NewestInterval {
  readonly serviceName: string;
  readonly interval: Interval;
}

/** The newest interval of every service, in any order. */
export async function newestIntervalOfAll(database: pg.Pool, gapSeconds: number): Promise<NewestInterval[]> {
  return lookBack(database, await newestHours(database, gapSeconds), gapSeconds);
}

/** The newest interval of each of `serviceNames` that is known, by name; of all services without them. */
export async function newestIntervalOfEach(
  database: pg.Pool,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Map<string, Interval>> {
  const newest = await newestHours(database, gapSeconds, serviceNames);
  return byName(await lookBack(database, newest, gapSeconds));
}

export function byName(newest: readonly NewestInterval[]): Map<string, Interval> {
  return new Map(newest.map(({ serviceName, interval }) => [serviceName, interval]));
}

/**
 * The newest interval of each service by its newest hour, or some other and all that is older; in the same order. Where it
 * begins with that hour it may have begun before: looks further back, doubling, as far as to the checkpoint if there is one.
 */
export async function lookBack(
  database: Pick<pg.Pool, 'query'>,
  newest: Iterable<NewestHour>,
  gapSeconds: number,
): Promise<NewestInterval[]> {
  const found: NewestInterval[] = [];
  let open: { readonly index: number; readonly known: NewestHour }[] = [];
  for (const known of newest) {
    const { interval, mayReachBack } = newestIn(known, gapSeconds);
    if (mayReachBack) open.push({ index: found.length, known });
    found.push({ serviceName: known.serviceName, interval });
  }
  for (let hours = 1; open.length > 0; hours *= 2) {
    const wanted = open.map(({ known }) => ({ serviceName: known.serviceName, beforeHour: known.hour }));
    const earlier = byService(await hoursBeforeEach(database, wanted, hours));
    open = open.flatMap(({ index, known: { serviceName }, known }) => {
      const extended = extend(known, earlier.get(serviceName) ?? [], hours);
      const { interval, mayReachBack } = newestIn(extended, gapSeconds);
      found[index] = { serviceName, interval };
      return mayReachBack ? [{ index, known: extended }] : [];
    });
  }
  return found;
}

/** What is known, and the `hours` before it. */
function extend(known: NewestHour, earlier: readonly ObservedHour[], hours: number): NewestHour {
  const hour = Math.max(known.hour - hours, known.checkpoint?.hour ?? -Infinity);
  // In whichever order Postgres found them.
  const older = earlier.filter((row) => row.hour >= hour).sort((a, b) => a.hour - b.hour);
  return { ...known, hour, observed: concatenate([...older, known]) };
}

function newestIn(known: NewestHour, gapSeconds: number): { interval: Interval; mayReachBack: boolean } {
  const { observed, hour, checkpoint } = known;
  const intervals = intervalsOf(observed, gapSeconds);
  const interval = newestOf(intervals);
  if (intervals.length > 1 || interval.start - hour * SECONDS_PER_HOUR >= gapSeconds) {
    return { interval, mayReachBack: false };
  }
  if (checkpoint === undefined || checkpoint.hour < hour) return { interval, mayReachBack: true };
  return {
    interval: newestOf(intervalsOf(withCheckpoint(checkpoint, observed), gapSeconds)),
    mayReachBack: false,
  };
}

function newestOf(intervals: readonly Interval[]): Interval {
  const newest = intervals.at(-1);
  // The table's check constraint: an hour that is stored holds at least one second.
  if (newest === undefined) throw new Error('an observed hour holds no second');
  return newest;
}
