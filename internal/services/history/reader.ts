import type pg from 'pg';

import {
  Backwards,
  SECONDS_PER_HOUR,
  unionOf,
  type Checkpoint,
  type Interval,
  type ObservedHour,
} from '../timeline.ts';
import { hoursBefore, knownService, type Services, type StoredCheckpoint } from './hours.ts';

/** The hours of services that are committed and may not be in the observations yet: each service's, oldest first. */
export type PendingHours = ReadonlyMap<string, readonly ObservedHour[]>;

/** What histories are read from. */
export interface HistorySource {
  readonly database: Pick<pg.Pool, 'query'>;
  /**
   * What is pending of these services, once everything that was committed before is seen. To be asked first:
   * what is settled meanwhile is read from the observations then, and never missed.
   */
  readonly pending: (services: Services) => Promise<PendingHours>;
  /** The gap of a service, given its own, if it has one. */
  readonly gapOf: (serviceName: string, ownGapSeconds: number | undefined) => number;
  /** The longest of all that no service was given as its own. */
  readonly longestGapSeconds: number;
}

// More than any hour number PostgreSQL's int4 holds for a second that was accepted.
export const AFTER_ALL_HOURS = 2 ** 31 - 1;
// A day: most services change state often enough that one read of so many rows is all. An hour can take 20 KB.
const FIRST_HOURS = 24;
const MOST_HOURS = 480;
const none: readonly ObservedHour[] = [];

/** What one service's history is. */
export interface History {
  readonly gapSeconds: number;
  /** Newest first; reads on while it is asked for more. */
  readonly intervals: AsyncGenerator<Interval>;
}

/**
 * The history of one service, hours read backwards, ever more at a time, from what can belong to an interval that holds a
 * second before `beforeSecond`; of one that goes on behind that, the end may be told too early. What lasted up to the
 * service's checkpoint is not read again. Undefined if the service was never reported.
 */
export async function historyOf(
  { database, pending, gapOf }: HistorySource,
  serviceName: string,
  beforeSecond = Infinity,
): Promise<History | undefined> {
  const own = (await pending({ serviceNames: [serviceName] })).get(serviceName) ?? none;
  const known = await knownService(database, serviceName);
  if (known?.newestHour === undefined && own.length === 0) return undefined;
  const gapSeconds = gapOf(serviceName, known?.ownGapSeconds);
  const beforeHour = Math.min(AFTER_ALL_HOURS, Math.ceil((beforeSecond + gapSeconds) / SECONDS_PER_HOUR));
  const stored = usable(known?.checkpoint, gapSeconds, own);
  const checkpoint = stored !== undefined && stored.hour <= beforeHour ? stored : undefined;
  return {
    gapSeconds,
    intervals: readBackwards(database, serviceName, own, beforeHour, gapSeconds, checkpoint),
  };
}

async function* readBackwards(
  database: HistorySource['database'],
  serviceName: string,
  own: readonly ObservedHour[],
  lastBefore: number,
  gapSeconds: number,
  checkpoint: Checkpoint | undefined,
): AsyncGenerator<Interval> {
  const backwards = new Backwards(gapSeconds, checkpoint);
  let beforeHour = lastBefore;
  // From the checkpoint on all is read, before it only what its interval leaves.
  let firstHour = checkpoint?.hour ?? 0;
  for (let limit = FIRST_HOURS; ; limit = Math.min(2 * limit, MOST_HOURS)) {
    const page = await hoursBefore(database, serviceName, firstHour, beforeHour, limit);
    const isAll = page.length < limit;
    const fromHour = isAll ? firstHour : (page.at(-1)?.hour ?? firstHour);
    const hours = withPending(page.reverse(), own, fromHour, beforeHour);
    yield* backwards.take(hours, fromHour * SECONDS_PER_HOUR);
    if (isAll && firstHour === 0) break;
    if (isAll) firstHour = 0;
    beforeHour = backwards.nextBefore(fromHour);
  }
  yield* backwards.end();
}

/** The hours of [fromHour, beforeHour) that are stored, pending or both; both given, and returned, oldest first. */
export function withPending(
  stored: readonly ObservedHour[],
  pending: readonly ObservedHour[],
  fromHour: number,
  beforeHour: number,
): readonly ObservedHour[] {
  const within = pending.filter(({ hour }) => hour >= fromHour && hour < beforeHour);
  if (within.length === 0) return stored;
  const hours = new Map(stored.map((hour) => [hour.hour, hour]));
  for (const { serviceName, hour, observed } of within) {
    const known = hours.get(hour);
    hours.set(hour, { serviceName, hour, observed: known ? unionOf(known.observed, observed) : observed });
  }
  return [...hours.values()].sort((a, b) => a.hour - b.hour);
}

/** The checkpoint, unless it was made with another gap, or what is pending will take it away. */
export function usable(
  checkpoint: StoredCheckpoint | undefined,
  gapSeconds: number,
  pending: readonly ObservedHour[],
): Checkpoint | undefined {
  if (checkpoint?.gapSeconds !== gapSeconds) return undefined;
  const { hour } = checkpoint;
  return pending.some((other) => other.hour < hour) ? undefined : checkpoint;
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
