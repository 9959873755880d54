import type pg from 'pg';

import { withCheckpoint } from './checkpoint.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { checkpointOf, hoursBefore, hoursBetween, type ObservedHour } from './queries.ts';
import { intervalsOf, type Interval, type ObservedSeconds, type SecondRange } from './timeline.ts';

// More than any hour number Postgres' int4 holds for a second that was accepted.
const AFTER_ALL_HOURS = 2 ** 31 - 1;
// A day: most services change state often enough that one read of so many rows is all.
const FIRST_HOURS = 24;

/**
 * The newest `wanted` intervals of a service, newest first; empty if it was never reported. Reads hours backwards,
 * ever more at a time, until one interval more than wanted is known: only the oldest one known can still grow. What
 * lasted up to the service's checkpoint is not read again.
 */
export async function newestIntervals(
  database: pg.Pool,
  serviceName: string,
  wanted: number,
  gapSeconds: number,
): Promise<Interval[]> {
  const { observed: recent, since } = await sinceCheckpoint(database, serviceName, gapSeconds);
  const hours: ObservedHour[] = [];
  let beforeHour = Math.ceil(Math.min(since / SECONDS_PER_HOUR, AFTER_ALL_HOURS));
  for (let limit = FIRST_HOURS; ; limit *= 2) {
    const page = await hoursBefore(database, serviceName, beforeHour, limit);
    hours.push(...page);
    beforeHour = page.at(-1)?.hour ?? 0;
    const earlier = before(since, concatenate(hours.toReversed()));
    const intervals = intervalsOf(join(earlier, recent), gapSeconds);
    if (intervals.length > wanted || page.length < limit) return intervals.slice(-wanted).reverse();
  }
}

/** All that is known of the time from the start of the checkpoint's interval on, and when that is. */
async function sinceCheckpoint(
  database: pg.Pool,
  serviceName: string,
  gapSeconds: number,
): Promise<{ observed: ObservedSeconds; since: number }> {
  const checkpoint = await checkpointOf(database, serviceName, gapSeconds);
  if (checkpoint === undefined) return { observed: { deploy: [], issue: [] }, since: Infinity };
  const hours = await hoursBetween(database, serviceName, checkpoint.hour, AFTER_ALL_HOURS, AFTER_ALL_HOURS);
  return {
    observed: withCheckpoint(checkpoint, concatenate(hours)),
    since: checkpoint.interval.start,
  };
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

function join(earlier: ObservedSeconds, later: ObservedSeconds): ObservedSeconds {
  return {
    deploy: [...earlier.deploy, ...later.deploy],
    issue: [...earlier.issue, ...later.issue],
  };
}

/** What was observed before a second. */
function before(second: number, { deploy, issue }: ObservedSeconds): ObservedSeconds {
  const cut = (ranges: readonly SecondRange[]) =>
    ranges
      .filter(({ start }) => start < second)
      .map(({ start, end }) => ({ start, end: Math.min(end, second) }));
  return { deploy: cut(deploy), issue: cut(issue) };
}
