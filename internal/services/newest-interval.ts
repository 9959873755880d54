import type pg from 'pg';

import { withCheckpoint } from './checkpoint.ts';
import { byService, concatenate } from './history.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { newestHours, type NewestHour } from './newest-hours.ts';
import { hoursBeforeEach, type ObservedHour } from './queries.ts';
import { intervalsOf, type Interval } from './timeline.ts';

/** The newest interval of every service, or of each of `serviceNames` that is known; in any order. */
export async function newestIntervalOfEach(
  database: pg.Pool,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Map<string, Interval>> {
  return lookBack(database, await newestHours(database, gapSeconds, serviceNames), gapSeconds);
}

/**
 * The newest interval of each service by its newest hour, or some other and all that is older. Where it begins with that
 * hour it may have begun before: looks further back, doubling, as far as to the checkpoint if there is one.
 */
export async function lookBack(
  database: Pick<pg.Pool, 'query'>,
  newest: readonly NewestHour[],
  gapSeconds: number,
): Promise<Map<string, Interval>> {
  const intervals = new Map<string, Interval>();
  const isOpen = (known: NewestHour) => {
    const { interval, mayReachBack } = newestIn(known, gapSeconds);
    intervals.set(known.serviceName, interval);
    return mayReachBack;
  };
  let open = newest.filter(isOpen);
  for (let hours = 1; open.length > 0; hours *= 2) {
    const wanted = open.map(({ serviceName, hour }) => ({ serviceName, beforeHour: hour }));
    const earlier = byService(await hoursBeforeEach(database, wanted, hours));
    open = open.map((known) => extend(known, earlier.get(known.serviceName) ?? [], hours)).filter(isOpen);
  }
  return intervals;
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
