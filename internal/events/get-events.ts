import type { Context } from 'koa';
import type pg from 'pg';
import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { cursor, instant, readQuery, unitsFrom, wholeNumber } from '../frontdoor/query.ts';
import { formatMicros, type Instant } from '../time/instant.ts';
import { eventCursor, readPage, type EventRange } from './page.ts';

export const eventsQuery = z.object({
  from: instant().optional().describe('Events at or after it.'),
  to: instant().optional().describe('Events before it.'),
  limit: wholeNumber(1, 1000)
    .default(100)
    .describe('Most events of the page; large ones may end it earlier.'),
  cursor: cursor(eventCursor).optional().describe('The next_cursor of the page before.'),
});

/** Returns the handler of `GET /events`: a page of payload events, newest first. */
export function getEvents(database: pg.Pool): (context: Context) => Promise<void> {
  return async (context) => {
    const { range, limit } = readRange(context.querystring);
    const { events, hasMore } = await readPage(database, range, limit);
    const nextCursor = eventCursor.json(hasMore ? events.at(-1) : undefined);
    // Written by hand: data is JSON text already, and parsing it would lose large integers and repeated keys.
    const items = events.map(
      ({ micros, data }) => `{"timestamp":"${formatMicros(micros)}","data":${data ?? 'null'}}`,
    );
    answerJson(context, `{"events":[${items.join(',')}],"next_cursor":${nextCursor}}`);
  };
}

/** Throws a 400 with each fault. */
function readRange(query: string): { range: EventRange; limit: number } {
  const { from, to, limit, cursor } = readQuery(eventsQuery, query);
  return { range: { fromMicros: microsFrom(from), toMicros: microsFrom(to), after: cursor }, limit };
}

/** No event is so late that its microseconds are not exact, the year 2255: any bound beyond is the same. */
function microsFrom(at: Instant | undefined): number | undefined {
  return at && Math.min(unitsFrom(at, 1e6), Number.MAX_SAFE_INTEGER);
}
