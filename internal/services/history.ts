import type pg from 'pg';

import { SECONDS_PER_HOUR } from './hour.ts';
import { hoursBefore, hoursBeforeEach, newestHours, newestHoursOf, type ObservedHour } from './queries.ts';
import { intervalsOf, type Interval, type ObservedSeconds } from './timeline.ts';

// More than any hour number Postgres' int4 holds for a second that was accepted.
const AFTER_ALL_HOURS = 2 ** 31 - 1;
// A day: most services change state often enough that one read of so many rows is all.
const FIRST_HOURS = 24;

/**
 * The newest `wanted` intervals of a service, newest first; empty if it was never reported. Reads hours backwards,
 * ever more at a time, until one interval more than wanted is known: only the oldest one known can still grow.
 */
export async function newestIntervals(
  database: pg.Pool,
  serviceName: string,
  wanted: number,
  gapSeconds: number,
): Promise<Interval[]> {
  const hours: ObservedHour[] = [];
  for (let limit = FIRST_HOURS; ; limit *= 2) {
    const page = await hoursBefore(database, serviceName, hours.at(-1)?.hour ?? AFTER_ALL_HOURS, limit);
    hours.push(...page);
    const intervals = intervalsOf(concatenate(hours.toReversed()), gapSeconds);
    if (intervals.length > wanted || page.length < limit) return intervals.slice(-wanted).reverse();
  }
}

/** The newest interval of every service, by name in order; or, in any order, of those of `serviceNames` that are known. */
export async function newestIntervalOfEach(
  database: pg.Pool,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Map<string, Interval>> {
  const newest = new Map<string, Interval>();
  let open: ObservedHour[] = [];
  const hours = serviceNames === undefined ? newestHours(database) : newestHoursOf(database, serviceNames);
  for (const hour of await hours) {
    const { interval, mayReachBack } = newestIn(hour, gapSeconds);
    newest.set(hour.serviceName, interval);
    if (mayReachBack) open.push(hour);
  }
  // Where the newest interval begins with its hour, it may have begun before: look further back, doubling.
  for (let hours = 1; open.length > 0; hours *= 2) {
    const wanted = open.map(({ serviceName, hour }) => ({ serviceName, beforeHour: hour }));
    const earlier = byService(await hoursBeforeEach(database, wanted, hours));
    open = open.flatMap((known) => {
      const older = earlier.get(known.serviceName) ?? [];
      const extended = {
        ...known,
        hour: known.hour - hours,
        observed: concatenate([...older.sort((a, b) => a.hour - b.hour), known]),
      };
      const { interval, mayReachBack } = newestIn(extended, gapSeconds);
      newest.set(known.serviceName, interval);
      return mayReachBack ? [extended] : [];
    });
  }
  return newest;
}

function newestIn(known: ObservedHour, gapSeconds: number): { interval: Interval; mayReachBack: boolean } {
  const intervals = intervalsOf(known.observed, gapSeconds);
  const interval = intervals.at(-1);
  // The table's check constraint: an hour that is stored holds at least one second.
  if (interval === undefined) throw new Error('an observed hour holds no second');
  const firstSecond = known.hour * SECONDS_PER_HOUR;
  return { interval, mayReachBack: intervals.length === 1 && interval.start - firstSecond < gapSeconds };
}

/** Hours by the service that they belong to, each service's in the order given. */
export function byService(hours: readonly ObservedHour[]): Map<string, ObservedHour[]> {
  const groups = new Map<string, ObservedHour[]>();
  for (const hour of hours) {
    const group = groups.get(hour.serviceName);
    if (group === undefined) groups.set(hour.serviceName, [hour]);
    else group.push(hour);
  }
  return groups;
}

/** Hours in order, oldest first, as one history. Ranges that touch at a full hour need no joining: the timeline does. */
export function concatenate(hours: readonly ObservedHour[]): ObservedSeconds {
  return {
    deploy: hours.flatMap(({ observed }) => observed.deploy),
    issue: hours.flatMap(({ observed }) => observed.issue),
  };
}
