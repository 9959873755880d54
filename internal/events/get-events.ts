import type { Context } from 'koa';
import type pg from 'pg';

import { answerJson } from '../frontdoor/answer.ts';
import { invalidRequest, type FieldError } from '../frontdoor/problem.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { readPage } from './page.ts';
import type { EventRange } from './queries.ts';
import { formatRfc3339, parseRfc3339 } from './rfc3339.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const LAST_SECOND = 253_402_300_799; // Of the year 9999.

/** Returns the handler of `GET /events`: a page of payload events, newest first. */
export function getEvents(database: pg.Pool): (context: Context) => Promise<void> {
  return async (context) => {
    const { range, limit } = readQuery(context.query);
    const { events, hasMore } = await readPage(database, range, limit);
    const last = events.at(-1);
    const nextCursor = hasMore && last !== undefined ? `"${encodeCursor(last)}"` : 'null';
    // Written by hand: data is JSON text already, and parsing it would lose large integers and repeated keys.
    const items = events.map(
      ({ micros, data }) => `{"timestamp":"${formatRfc3339(micros)}","data":${data ?? 'null'}}`,
    );
    answerJson(context, `{"events":[${items.join(',')}],"next_cursor":${nextCursor}}`);
  };
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Throws a 400 with each fault. */
function readQuery({ from, to, limit, cursor }: Query): { range: EventRange; limit: number } {
  const faults: FieldError[] = [];
  const read = <T>(field: string, text: string | string[] | undefined, parse: Parse<T>): T | undefined => {
    if (text === undefined) return undefined;
    const value = typeof text === 'string' ? parse.from(text) : undefined;
    if (value === undefined) faults.push({ field, message: parse.message });
    return value;
  };
  const range = {
    fromMicros: read('from', from, time),
    toMicros: read('to', to, time),
    after: read('cursor', cursor, { from: decodeCursor, message: 'must be the next_cursor of an answer' }),
  };
  const wanted = read('limit', limit, count);
  if (faults.length > 0) throw invalidRequest(faults);
  return { range, limit: wanted ?? DEFAULT_LIMIT };
}

interface Parse<T> {
  readonly from: (text: string) => T | undefined;
  readonly message: string;
}

const time: Parse<number> = {
  from: (text) => {
    if (/^\d+(\.\d+)?$/.test(text)) {
      const seconds = Number(text);
      return seconds <= LAST_SECOND ? Math.round(seconds * 1e6) : undefined;
    }
    // A plus that was not percent-encoded arrives as a blank.
    const micros = parseRfc3339(Buffer.from(text.replace(' ', '+')));
    return micros !== undefined && micros >= 0 ? micros : undefined;
  },
  message: 'must be unix seconds or an RFC 3339 time, from 1970 to 9999',
};

const count: Parse<number> = {
  from: (text) =>
    /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT ? Number(text) : undefined,
  message: `must be a whole number from 1 to ${MAX_LIMIT}`,
};
