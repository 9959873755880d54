import type pg from 'pg';

import type { Checkpoint } from './checkpoint.ts';
import { byService, concatenate } from './history.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { newestHours, type NewestHour } from './newest-hours.ts';
import { hoursBeforeEach, type ObservedHour } from './queries.ts';
import { areOne, intervalsOf, type Interval } from './timeline.ts';

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

/** A service whose newest interval may have begun before `fromHour`, up to which everything was looked at. */
interface Open {
  readonly index: number;
  readonly serviceName: string;
  readonly fromHour: number;
  readonly interval: Interval;
  readonly checkpoint: Checkpoint | undefined;
}

// Hours read at once: they can be large, and all that is known of what was read before is one interval.
const MOST_HOURS_AT_ONCE = 20_000;

/** How much is read at once, and what ends it. */
export interface LookBackBounds {
  readonly mostHoursAtOnce?: number;
  readonly signal?: AbortSignal;
}

/**
 * The newest interval of each service by its newest hour, or some other and all that is older; in the same order. Where it
 * begins with that hour it may have begun before: looks further back, doubling, as far as to the checkpoint if there is one.
 */
export async function lookBack(
  database: Pick<pg.Pool, 'query'>,
  newest: Iterable<NewestHour>,
  gapSeconds: number,
  { mostHoursAtOnce = MOST_HOURS_AT_ONCE, signal }: LookBackBounds = {},
): Promise<NewestInterval[]> {
  const found: NewestInterval[] = [];
  /** Notes what is known of a service by now, and returns it if that is not the end of it. */
  const note = (reached: Open): Open[] => {
    const { interval, isOpen } = throughCheckpoint(reached, gapSeconds);
    found[reached.index] = { serviceName: reached.serviceName, interval };
    return isOpen ? [reached] : [];
  };
  let open: Open[] = [];
  for (const known of newest) {
    const intervals = intervalsOf(known.observed, gapSeconds);
    const interval = newestOf(intervals);
    found.push({ serviceName: known.serviceName, interval });
    if (intervals.length > 1 || !mayReachBack(interval, known.hour, gapSeconds)) continue;
    const { serviceName, hour: fromHour, checkpoint } = known;
    open.push(...note({ index: found.length - 1, serviceName, fromHour, interval, checkpoint }));
  }
  for (let hours = 1; open.length > 0; hours *= 2) {
    const stillOpen: Open[] = [];
    for (let at = 0; at < open.length; at += mostHoursAtOnce) {
      signal?.throwIfAborted();
      const some = open.slice(at, at + mostHoursAtOnce);
      const hoursOfEach = Math.max(1, Math.min(hours, Math.floor(mostHoursAtOnce / some.length)));
      const wanted = some.map(({ serviceName, fromHour }) => ({ serviceName, beforeHour: fromHour }));
      const earlier = byService(await hoursBeforeEach(database, wanted, hoursOfEach));
      for (const known of some) {
        const reached = reachBack(known, earlier.get(known.serviceName) ?? [], hoursOfEach, gapSeconds);
        if (reached.isOpen) stillOpen.push(...note(reached));
        else found[known.index] = { serviceName: known.serviceName, interval: reached.interval };
      }
    }
    open = stillOpen;
  }
  return found;
}

/** What is known with the `hours` before it, and whether it may have begun before those. */
function reachBack(
  known: Open,
  rows: readonly ObservedHour[],
  hours: number,
  gapSeconds: number,
): Open & { readonly isOpen: boolean } {
  const fromHour = Math.max(known.fromHour - hours, known.checkpoint?.hour ?? -Infinity);
  // In whichever order Postgres found them.
  const older = rows.filter(({ hour }) => hour >= fromHour).sort((a, b) => a.hour - b.hour);
  const earlier = intervalsOf(concatenate(older), gapSeconds);
  const last = earlier.at(-1);
  const interval = last === undefined ? known.interval : joined(last, known.interval, gapSeconds);
  const isOpen = last === undefined || (earlier.length === 1 && interval !== known.interval);
  return { ...known, fromHour, interval, isOpen };
}

/** Looks up what came before in the checkpoint, where that is reached. */
function throughCheckpoint(
  { interval, fromHour, checkpoint }: Open,
  gapSeconds: number,
): { interval: Interval; isOpen: boolean } {
  if (!mayReachBack(interval, fromHour, gapSeconds)) return { interval, isOpen: false };
  if (checkpoint === undefined || checkpoint.hour < fromHour) return { interval, isOpen: true };
  return { interval: joined(checkpoint.interval, interval, gapSeconds), isOpen: false };
}

/** Whether something before that hour could belong to the interval. */
function mayReachBack({ start }: Interval, hour: number, gapSeconds: number): boolean {
  return start - hour * SECONDS_PER_HOUR < gapSeconds;
}

/** The later interval, begun with the earlier one if they are one; otherwise as it is. */
function joined(earlier: Interval, later: Interval, gapSeconds: number): Interval {
  return areOne(earlier, later, gapSeconds) ? { ...later, start: earlier.start } : later;
}

function newestOf(intervals: readonly Interval[]): Interval {
  const newest = intervals.at(-1);
  // The table's check constraint: an hour that is stored holds at least one second.
  if (newest === undefined) throw new Error('an observed hour holds no second');
  return newest;
}
