import type pg from 'pg';

import { cursorCodec } from '../frontdoor/pages.ts';
import { formatMicros } from '../time/instant.ts';
import { isoDate, partitionDays, startOfDay, type Day } from './partitions.ts';

/** One page of events, newest first. */
export interface Page {
  readonly events: readonly StoredEvent[];
  /** There are more after the last one. */
  readonly hasMore: boolean;
}

// The first question usually is the last one. Later ones take more partitions at once, but not so many that their
// locks would fill the server's table of locks.
const FIRST_PARTITIONS = 4;
const MORE_PARTITIONS = 64;
/** Of one page, so that neither we nor Postgres hold a thousand events of 30 MiB. */
const MAX_PAGE_BYTES = 16_777_216;
// When an event arrives, it is at most MAX_FUTURE_SECONDS, which is at most a day, ahead of the clock: what a day's
// partition holds is older than the end of the next day.
const NEWEST_AFTER_DAY_START_MICROS = 2 * 86_400e6;

/**
 * Reads a page of at most `limit` events. Partitions are those of the day of arrival, newest first, and events may
 * arrive late by any time: partitions are read until no older one can hold anything that belongs on the page.
 */
export async function readPage(database: pg.Pool, range: EventRange, limit: number): Promise<Page> {
  const days = await partitionDays(database);
  let events: StoredEvent[] = [];
  let isCut = false;
  let { fromMicros } = range;
  for (let from = 0, to = FIRST_PARTITIONS; from < days.length; from = to, to += MORE_PARTITIONS) {
    const part = days.slice(from, to);
    const [newestDay] = part;
    const oldestDay = part.at(-1);
    if (newestDay === undefined || oldestDay === undefined) break;
    const [last] = events.slice(limit);
    if (!canHold(newestDay, last?.micros ?? fromMicros)) break;
    // One more than asked for shows whether there is another page.
    const more = await newestEvents(
      database,
      { newestDay, oldestDay },
      { ...range, fromMicros },
      limit + 1,
      MAX_PAGE_BYTES,
    );
    events = [...events, ...more.events].sort(comparePlaces).slice(0, limit + 1);
    const lastRead = more.events.at(-1);
    if (!more.isCut || lastRead === undefined) continue;
    // What lies after the cut is not known, so the page ends there.
    isCut = true;
    events = events.filter((event) => comparePlaces(event, lastRead) <= 0);
    fromMicros = lastRead.micros;
  }
  return { events: events.slice(0, limit), hasMore: isCut || events.length > limit };
}

/** Whether the partition of that day may hold anything that is not older than `micros`. */
function canHold(day: Day, micros: number | undefined): boolean {
  return micros === undefined || startOfDay(day) * 1e6 + NEWEST_AFTER_DAY_START_MICROS > micros;
}

/** A stored payload event; `data` is JSON text, as it came. */
export interface StoredEvent extends Place {
  readonly data: string | null;
}

/** Which events to read. */
export interface EventRange {
  /** Microseconds since 1970; from the first inclusive up to before the other, each if given. */
  readonly fromMicros: number | undefined;
  readonly toMicros: number | undefined;
  /** Only what comes after this place. */
  readonly after: Place | undefined;
}

/** The newest events of some partitions, newest first. */
interface NewestEvents {
  readonly events: readonly StoredEvent[];
  /** More would have been there, but their data exceeded the bytes asked for. */
  readonly isCut: boolean;
}

interface Row extends StoredEvent {
  readonly found: number;
}

/**
 * At most `limit` events of the partitions from `oldestDay` to `newestDay`, and no more once their data exceeds
 * `maxBytes`. Not prepared: with the days as constants the planner leaves all other partitions alone, unopened and
 * unlocked.
 */
async function newestEvents(
  database: pg.Pool,
  days: { readonly newestDay: Day; readonly oldestDay: Day },
  { fromMicros, toMicros, after }: EventRange,
  limit: number,
  maxBytes: number,
): Promise<NewestEvents> {
  const end = endOf(toMicros, after);
  const { rows } = await database.query<Row>({
    text: `
      select micros::float8, event_id as "eventId", data, found
      from (
        select (extract(epoch from event_time) * 1000000)::int8 as micros, event_id, data::text,
          sum(octet_length(data::text)) over newest_first as bytes_before,
          count(*) over ()::int4 as found
        from (
          select event_time, event_id, data
          from payload_events
          where received_day between $1::date and $2::date
            and event_time >= $3::timestamptz and (event_time, event_id) < ($4::timestamptz, $5::int8)
          order by event_time desc, event_id desc
          limit $6
        ) as newest
        window newest_first as (
          order by event_time desc, event_id desc rows between unbounded preceding and 1 preceding
        )
      ) as measured
      where coalesce(bytes_before, 0) <= $7
      order by micros desc, event_id desc`,
    values: [
      isoDate(days.oldestDay),
      isoDate(days.newestDay),
      fromMicros === undefined ? '-infinity' : formatMicros(fromMicros),
      end === undefined ? 'infinity' : formatMicros(end.micros),
      end?.eventId ?? '0',
      limit,
      maxBytes,
    ],
  });
  const events = rows.map(({ micros, eventId, data }) => ({ micros, eventId, data }));
  return { events, isCut: events.length < (rows[0]?.found ?? 0) };
}

/**
 * Before which place all is. One condition says it, as PostgreSQL begins a scan where the first one tells it to and only filters
 * by others: a page would look through all before it.
 */
function endOf(toMicros: number | undefined, after: Place | undefined): Place | undefined {
  if (toMicros === undefined || (after !== undefined && after.micros < toMicros)) return after;
  return { micros: toMicros, eventId: '0' };
}

/** The place of an event in the order in which events are read: newest first. */
export interface Place {
  /** Microseconds since 1970. */
  readonly micros: number;
  /** An int8, as text. */
  readonly eventId: string;
}

const MAX_EVENT_ID = 2n ** 63n - 1n;

/** The places of events as cursors. */
export const eventCursor = cursorCodec<Place>(
  'event 1',
  ({ micros, eventId }) => [micros, eventId],
  ([micros, eventId]) => {
    if (!Number.isSafeInteger(micros) || typeof micros !== 'number' || micros < 0) return undefined;
    if (typeof eventId !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(eventId)) return undefined;
    return BigInt(eventId) <= MAX_EVENT_ID ? { micros, eventId } : undefined;
  },
);

/** Negative if `a` is read before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.micros !== b.micros) return b.micros - a.micros;
  const difference = BigInt(b.eventId) - BigInt(a.eventId);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
