import type pg from 'pg';

import { formatMicros } from '../time/instant.ts';
import type { Place } from './cursor.ts';
import { isoDate, type Day } from './partitions.ts';

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
export interface NewestEvents {
  readonly events: readonly StoredEvent[];
  /** More would have been there, but their data exceeded the bytes asked for. */
  readonly isCut: boolean;
}

interface Row {
  readonly micros: string;
  readonly event_id: string;
  readonly data: string | null;
  readonly found: number;
}

/**
 * At most `limit` events of the partitions from `oldestDay` to `newestDay`, and no more once their data exceeds
 * `maxBytes`. Not prepared: with the days as constants the planner leaves all other partitions alone, unopened and
 * unlocked.
 */
export async function newestEvents(
  database: pg.Pool,
  days: { readonly newestDay: Day; readonly oldestDay: Day },
  { fromMicros, toMicros, after }: EventRange,
  limit: number,
  maxBytes: number,
): Promise<NewestEvents> {
  const { rows } = await database.query<Row>({
    text: `
      select micros, event_id, data, found
      from (
        select (extract(epoch from event_time) * 1000000)::int8 as micros, event_id, data::text,
          sum(octet_length(data::text)) over newest_first as bytes_before,
          count(*) over ()::int4 as found
        from (
          select event_time, event_id, data
          from payload_events
          where received_day between $1::date and $2::date
            and event_time >= $3::timestamptz and event_time < $4::timestamptz
            and (event_time, event_id) < ($5::timestamptz, $6::int8)
          order by event_time desc, event_id desc
          limit $7
        ) as newest
        window newest_first as (
          order by event_time desc, event_id desc rows between unbounded preceding and 1 preceding
        )
      ) as measured
      where coalesce(bytes_before, 0) <= $8
      order by micros desc, event_id desc`,
    values: [
      isoDate(days.oldestDay),
      isoDate(days.newestDay),
      fromMicros === undefined ? '-infinity' : formatMicros(fromMicros),
      toMicros === undefined ? 'infinity' : formatMicros(toMicros),
      after === undefined ? 'infinity' : formatMicros(after.micros),
      after?.eventId ?? '0',
      limit,
      maxBytes,
    ],
  });
  const events = rows.map(({ micros, event_id, data }) => ({
    micros: Number(micros),
    eventId: event_id,
    data,
  }));
  return { events, isCut: events.length < (rows[0]?.found ?? 0) };
}
