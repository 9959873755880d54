import type pg from 'pg';

import { pagesOf, type PageEnd } from '../frontdoor/pages.ts';

/** A stored Spark event. */
export interface StoredEvent {
  readonly generatedMs: number;
  /** The text of a JSON object. */
  readonly content: string;
}

/** Which run to read. */
export interface RunName {
  readonly jobName: string;
  readonly runId: string;
}

/** How much one page may hold. */
export interface PageLimits {
  readonly maxEvents: number;
  /** Of content; a larger event is a page by itself. */
  readonly maxBytes: number;
}

const defaultLimits: PageLimits = { maxEvents: 1000, maxBytes: 1_048_576 };

/**
 * The Spark events of a run, by `generated_at`, equal ones in order of arrival: one page after the other, each read only
 * when the one before is done with. Each page begins after the last event of the one before, so all of them together
 * cost as much as there are events; no connection is held between two pages. What arrives meanwhile with an earlier
 * `generated_at` is not seen.
 */
export async function* eventPages(
  database: Pick<pg.Pool, 'query'>,
  run: RunName,
  limits: PageLimits = defaultLimits,
): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  const pages = pagesOf((after: Place | undefined) => readPage(database, run, after ?? BEFORE_ALL, limits));
  for await (const { events } of pages) if (events.length > 0) yield events;
}

/** Where an event stands in the order of reading. The arrival is an int8, as text. */
interface Place {
  readonly generatedMs: number;
  readonly arrival: string;
}

const BEFORE_ALL: Place = { generatedMs: -1, arrival: '0' };

interface Page extends PageEnd<Place> {
  readonly events: readonly StoredEvent[];
}

interface Row extends StoredEvent, Place {
  readonly found: number;
}

async function readPage(
  database: Pick<pg.Pool, 'query'>,
  { jobName, runId }: RunName,
  after: Place,
  { maxEvents, maxBytes }: PageLimits,
): Promise<Page> {
  const { rows } = await database.query<Row>({
    name: 'page of job events',
    // A page is cut before its content gets too large; what is cut off is not even fetched from its table of
    // large values, as its size is known without.
    text: `
      select generated_ms as "generatedMs", arrival, content, found
      from (
        select generated_ms, arrival, content,
          sum(octet_length(content)) over up_to_here as bytes,
          row_number() over up_to_here as place,
          count(*) over ()::int4 as found
        from (
          select generated_ms, arrival, content
          from job_events
          where job_name = $1 and run_id = $2
            and (generated_ms, arrival) > ($3::float8, $4::int8)
          order by generated_ms, arrival
          limit $5
        ) as page
        window up_to_here as (order by generated_ms, arrival)
      ) as measured
      where bytes <= $6 or place = 1
      order by generated_ms, arrival`,
    values: [jobName, runId, after.generatedMs, after.arrival, maxEvents, maxBytes],
  });
  const last = rows.at(-1);
  return {
    events: rows.map(({ generatedMs, content }) => ({ generatedMs, content })),
    last,
    isLast: (last?.found ?? 0) < maxEvents && rows.length === (last?.found ?? 0),
  };
}
