import type pg from 'pg';

import {
  Backwards,
  SECONDS_PER_HOUR,
  unionOf,
  type Checkpoint,
  type Interval,
  type ObservedHour,
} from '../timeline.ts';
import {
  hoursBefore,
  hoursBeforeEach,
  hoursOfEach,
  knownService,
  newestHours,
  type NewestHour,
  type Services,
  type StoredCheckpoint,
} from './hours.ts';

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

/** A service's newest interval, and the gap by which it is one. */
export interface NewestInterval {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly interval: Interval;
}

// More than any hour number PostgreSQL's int4 holds for a second that was accepted.
const AFTER_ALL_HOURS = 2 ** 31 - 1;
// A day: most services change state often enough that one read of so many rows is all. An hour can take 20 KB.
const FIRST_HOURS = 24;
const MOST_HOURS = 480;
// Hours of many services that are read at once; all that is known of what was read before is one interval each.
const MOST_HOURS_AT_ONCE = 20_000;
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

/** The newest interval of each of the services that was ever reported, in any order. */
export async function newestIntervals(
  source: HistorySource,
  services: Services,
  pending?: PendingHours,
): Promise<NewestInterval[]> {
  const left = new Map(pending ?? (await source.pending(services)));
  const reached: Reached[] = [];
  const found: NewestInterval[] = [];
  for (const newest of await newestHours(source.database, services)) {
    const { serviceName } = newest;
    const own = left.get(serviceName);
    if (own !== undefined) left.delete(serviceName);
    else if (newest.newest === undefined) continue; // It has a gap, and was never reported.
    note(found, reached, reach(source, newest, own ?? none));
  }
  // Of these nothing is stored but what is pending.
  for (const [serviceName, own] of left) {
    const nothing = { newest: undefined, knownFrom: 0, checkpoint: undefined, ownGapSeconds: undefined };
    note(found, reached, reach(source, { serviceName, ...nothing }, own));
  }
  await lookBack(source.database, reached, found);
  return found;
}

/** Reads the hour that is stored as the newest, and on from there: what else is known of the service is pending. */
function reach(
  { gapOf }: HistorySource,
  { serviceName, newest, knownFrom, checkpoint, ownGapSeconds }: NewestHour,
  own: readonly ObservedHour[],
): Reached {
  const gapSeconds = gapOf(serviceName, ownGapSeconds);
  const backwards = new Backwards(gapSeconds, usable(checkpoint, gapSeconds, own));
  // Without a stored hour all that there is is pending.
  const hour = newest?.hour ?? 0;
  const stored = newest === undefined ? none : [newest];
  const hours = own.length === 0 ? stored : withPending(stored, own, hour, AFTER_ALL_HOURS);
  const [interval] = [...backwards.take(hours, knownFrom), ...(newest === undefined ? backwards.end() : [])];
  // If only its end was read, and that was not enough, the hour is read as a whole.
  const fromHour = Math.ceil(knownFrom / SECONDS_PER_HOUR);
  return { serviceName, gapSeconds, backwards, own, fromHour, interval };
}

/** How far a service was read back; without `interval` its newest one may have begun before that. */
interface Reached {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly backwards: Backwards;
  readonly own: readonly ObservedHour[];
  readonly fromHour: number;
  readonly interval: Interval | undefined;
}

function note(found: NewestInterval[], open: Reached[], reached: Reached): void {
  const { serviceName, gapSeconds, interval } = reached;
  if (interval === undefined) open.push(reached);
  else found.push({ serviceName, gapSeconds, interval });
}

/** How much is read at once, and what ends it. */
export interface LookBackBounds {
  readonly mostHoursAtOnce?: number;
  readonly signal?: AbortSignal;
}

/** Reads on, the hours doubling, until the newest interval of each of the services is found. */
async function lookBack(
  database: HistorySource['database'],
  reached: readonly Reached[],
  found: NewestInterval[],
  { mostHoursAtOnce = MOST_HOURS_AT_ONCE, signal }: LookBackBounds = {},
): Promise<void> {
  let open = reached;
  for (let hours = 1; open.length > 0; hours *= 2) {
    const stillOpen: Reached[] = [];
    for (let at = 0; at < open.length; at += mostHoursAtOnce) {
      signal?.throwIfAborted();
      const some = open.slice(at, at + mostHoursAtOnce);
      const hoursOfEach = Math.max(1, Math.min(hours, Math.floor(mostHoursAtOnce / some.length)));
      const earlier = byService(
        await hoursBeforeEach(
          database,
          some.map(({ serviceName, fromHour }) => ({ serviceName, beforeHour: fromHour })),
          hoursOfEach,
        ),
      );
      for (const service of some) {
        const { serviceName, backwards, own } = service;
        const fromHour = service.fromHour - hoursOfEach;
        // In whichever order PostgreSQL found them.
        const stored = (earlier.get(serviceName) ?? []).sort((a, b) => a.hour - b.hour);
        const hours = withPending(stored, own, fromHour, service.fromHour);
        const [interval] = backwards.take(hours, fromHour * SECONDS_PER_HOUR);
        note(found, stillOpen, { ...service, fromHour, interval });
      }
    }
    open = stillOpen;
  }
}

/** The newest interval of each service by one of its hours and all that is older; for who makes checkpoints. */
export async function intervalsUpTo(
  source: HistorySource,
  newest: readonly NewestHour[],
  bounds: LookBackBounds,
): Promise<NewestInterval[]> {
  const open: Reached[] = [];
  const found: NewestInterval[] = [];
  for (const hour of newest) note(found, open, reach(source, hour, none));
  await lookBack(source.database, open, found, bounds);
  return found;
}

/**
 * The intervals of each service in a span, oldest first, and its newest one, wherever that is; those at the edges of the
 * span may go on behind them. A service that was never reported has none.
 */
export async function intervalsIn(
  source: HistorySource,
  serviceNames: readonly string[],
  from: number,
  to: number,
): Promise<
  Map<string, { readonly intervals: readonly Interval[]; readonly newest: NewestInterval | undefined }>
> {
  const pending = await source.pending({ serviceNames });
  const newest = byName(await newestIntervals(source, { serviceNames }, pending));
  const gapOf = (name: string) => newest.get(name)?.gapSeconds ?? 1;
  // An interval may reach over an edge of the span by its gaps: their other ends are needed.
  const gapSeconds = Math.max(...serviceNames.map(gapOf));
  const fromHour = Math.max(0, Math.floor((from - gapSeconds) / SECONDS_PER_HOUR));
  const beforeHour = Math.floor((to + gapSeconds) / SECONDS_PER_HOUR) + 1;
  const stored = byService(await hoursOfEach(source.database, serviceNames, fromHour, beforeHour));
  return new Map(
    serviceNames.map((name) => {
      const hours = withPending(stored.get(name) ?? [], pending.get(name) ?? none, fromHour, beforeHour);
      const backwards = new Backwards(gapOf(name));
      const taken = backwards.take(hours, fromHour * SECONDS_PER_HOUR);
      const intervals = [...taken, ...backwards.end()].reverse();
      return [name, { intervals, newest: newest.get(name) }];
    }),
  );
}

/** By the service that they are of. */
export function byName(newest: readonly NewestInterval[]): Map<string, NewestInterval> {
  return new Map(newest.map((interval) => [interval.serviceName, interval]));
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
function usable(
  checkpoint: StoredCheckpoint | undefined,
  gapSeconds: number,
  pending: readonly ObservedHour[],
): Checkpoint | undefined {
  if (checkpoint?.gapSeconds !== gapSeconds) return undefined;
  const { hour } = checkpoint;
  return pending.some((other) => other.hour < hour) ? undefined : checkpoint;
}

/** Hours by the service that they belong to, each service's in the order given. */
function byService(hours: readonly ObservedHour[]): Map<string, ObservedHour[]> {
  const groups = new Map<string, ObservedHour[]>();
  for (const hour of hours) {
    const group = groups.get(hour.serviceName);
    if (group === undefined) groups.set(hour.serviceName, [hour]);
    else group.push(hour);
  }
  return groups;
}
