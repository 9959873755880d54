import type pg from 'pg';

import { concatenate } from './history.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { hoursBetween } from './queries.ts';
import { areOne, intervalsOf, type Interval } from './timeline.ts';

/** Hours read at once: twenty days. */
const HOURS_A_PAGE = 480;

/**
 * The intervals of a service that hold a second of [from, to), and some beside them, oldest first. Those within begin
 * and end as they do in the whole history; one that began before is known to have begun before. Reads a page of hours
 * at a time.
 */
export async function* intervalsBetween(
  database: pg.Pool,
  serviceName: string,
  span: { readonly from: number; readonly to: number },
  gapSeconds: number,
): AsyncGenerator<Interval> {
  const lastHour = Math.floor((span.to + gapSeconds) / SECONDS_PER_HOUR);
  let open: Interval | undefined;
  for (let hour = Math.max(0, Math.floor((span.from - gapSeconds) / SECONDS_PER_HOUR)); hour <= lastHour;) {
    const page = await hoursBetween(database, serviceName, hour, lastHour, HOURS_A_PAGE);
    for (const interval of intervalsOf(concatenate(page), gapSeconds)) {
      // Where two pages meet, an interval may go on, as it does within one.
      if (open !== undefined && areOne(open, interval, gapSeconds)) {
        open = { ...open, end: interval.end };
        continue;
      }
      if (open !== undefined) yield open;
      open = interval;
    }
    if (page.length < HOURS_A_PAGE) break;
    hour = (page.at(-1)?.hour ?? lastHour) + 1;
  }
  if (open !== undefined) yield open;
}
