import { inTurns } from '../../program/in-turns.ts';
import { Backwards, SECONDS_PER_HOUR, type Interval, type ObservedHour } from '../timeline.ts';
import { eachNewestHour, hoursBeforeEach, hoursOfEach, type NewestHour } from './hours.ts';
import { behind, compareNames, spansOfNames, upTo, type NameRange } from './names.ts';
import {
  AFTER_ALL_HOURS,
  byService,
  usable,
  withPending,
  type HistorySource,
  type PendingHours,
} from './reader.ts';

/** A service's newest interval, and the gap by which it is one. */
export interface NewestInterval {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly interval: Interval;
}

// Hours of many services that are read at once; all that is known of what was read before is one interval each.
const MOST_HOURS_AT_ONCE = 20_000;
const none: readonly ObservedHour[] = [];

/** The newest interval of each of the services that was ever reported, in any order. */
export async function newestIntervals(
  source: HistorySource,
  services: { readonly serviceNames: readonly string[] },
  pending?: PendingHours,
): Promise<NewestInterval[]> {
  const reaching = new Reaching(source, pending ?? (await source.pending(services)));
  await eachNewestHour(source.database, services, (newest) => reaching.take(newest));
  return reaching.end();
}

/** The newest intervals of some services, in any order, and where to go on; undefined if there are no more. */
export interface NewestPage {
  readonly newest: readonly NewestInterval[];
  readonly last: string | undefined;
}

/** Those of the next services by name, with nothing left out. They are about as many as the range allows. */
export async function newestPage(source: HistorySource, range: NameRange): Promise<NewestPage> {
  const pending = await source.pending(range);
  // Of who is pending and who is stored each is told up to a name only if there are more: the lesser of the two ends the page.
  const lastPending = pending.size < range.limit ? undefined : [...pending.keys()].at(-1);
  const reaching = new Reaching(source, pending);
  let stored = 0;
  let lastStored: string | undefined;
  await eachNewestHour(source.database, upTo(range, lastPending), (newest) => {
    stored++;
    lastStored = newest.serviceName;
    reaching.take(newest);
  });
  const last = stored < range.limit ? lastPending : lastStored;
  return { newest: await reaching.end(last), last };
}

// Read at once: as many services as have names of so many characters in all, which is what most of an answer is made of.
const CHARACTERS_AT_ONCE = 131_072;
const SERVICES_AT_ONCE = { first: 1000, least: 250, most: 4000 };
const PARTS_AHEAD = 2;

/**
 * The newest intervals of all services, by name from one part to the next. Two parts are read at once, which PostgreSQL can do on two
 * processors, and go on being read while one is used.
 */
export async function* allNewest(source: HistorySource): AsyncGenerator<readonly NewestInterval[]> {
  let atOnce = SERVICES_AT_ONCE.first;
  const spans = spansOfNames(source.database, () => atOnce);
  const readNext = async () => {
    const { value: span } = await spans.next();
    return span && { span, page: await newestPage(source, span) };
  };
  const ahead: ReturnType<typeof readNext>[] = [];
  const readAhead = () => {
    const read = readNext();
    read.catch(() => undefined); // Awaited in its turn, if at all.
    ahead.push(read);
  };
  while (ahead.length < PARTS_AHEAD) readAhead();
  for (let read = await ahead.shift(); read !== undefined; read = await ahead.shift()) {
    let { newest, last } = read.page;
    atOnce = servicesLike(newest);
    readAhead();
    yield newest;
    // Of those that are pending only, or came since, there can be more than a part is meant to hold.
    while (last !== undefined) {
      ({ newest, last } = await newestPage(source, behind(read.span, last)));
      yield newest;
    }
  }
}

/** How many services to read at once, if they have names like those of these. */
function servicesLike(newest: readonly NewestInterval[]): number {
  const { least, most } = SERVICES_AT_ONCE;
  const characters = newest.reduce((sum, { serviceName }) => sum + serviceName.length, 0);
  const fitting = Math.floor((CHARACTERS_AT_ONCE * newest.length) / Math.max(1, characters));
  return Math.min(Math.max(fitting, least), most);
}

/** Finds the newest interval of each service from its newest hour, and of those of which nothing but what is pending is known. */
class Reaching {
  readonly #source: HistorySource;
  /** What is pending of services whose hour was not taken. */
  readonly #left: Map<string, readonly ObservedHour[]>;
  readonly #found: NewestInterval[] = [];
  readonly #open: Reached[] = [];

  constructor(source: HistorySource, pending: PendingHours) {
    this.#source = source;
    this.#left = new Map(pending);
  }

  take(newest: NewestHour): void {
    const own = this.#left.get(newest.serviceName);
    if (own !== undefined) this.#left.delete(newest.serviceName);
    else if (newest.newest === undefined) return; // It has a gap, and was never reported.
    note(this.#found, this.#open, reach(this.#source, newest, own ?? none));
  }

  /** All that were found, once hours were taken of each service that has some, up to `last` or the end. */
  async end(last?: string): Promise<NewestInterval[]> {
    for (const [serviceName, own] of this.#left) {
      if (last !== undefined && compareNames(serviceName, last) > 0) continue;
      const nothing = { newest: undefined, knownFrom: 0, checkpoint: undefined, ownGapSeconds: undefined };
      note(this.#found, this.#open, reach(this.#source, { serviceName, ...nothing }, own));
    }
    await lookBack(this.#source.database, this.#open, this.#found);
    return this.#found;
  }
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
  const timelines = new Map<string, { intervals: readonly Interval[]; newest: NewestInterval | undefined }>();
  for (const name of serviceNames) {
    const hours = withPending(stored.get(name) ?? [], pending.get(name) ?? none, fromHour, beforeHour);
    const backwards = new Backwards(gapOf(name));
    const intervals: Interval[] = [];
    await inTurns(hours.toReversed(), (hour) => {
      intervals.push(...backwards.take([hour], hour.hour * SECONDS_PER_HOUR));
    });
    intervals.push(...backwards.end());
    timelines.set(name, { intervals: intervals.reverse(), newest: newest.get(name) });
  }
  return timelines;
}

/** By the service that they are of. */
export function byName(newest: readonly NewestInterval[]): Map<string, NewestInterval> {
  return new Map(newest.map((interval) => [interval.serviceName, interval]));
}
