import type pg from 'pg';

import { comparePlaces } from './cursor.ts';
import { partitionDays, startOfDay, type Day } from './partitions.ts';
import { newestEvents, type EventRange, type StoredEvent } from './queries.ts';

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
