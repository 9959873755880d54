import type pg from 'pg';

import { CHECKPOINT_TEXT, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { toObservedSeconds, type ObservedHour } from './queries.ts';

/** A service's newest hour, and its checkpoint if there is one. */
export interface NewestHour extends ObservedHour {
  readonly checkpoint: Checkpoint | undefined;
}

/** `head` is the name, the hour and the checkpoint or nothing, from tab to tab: a name holds none. */
interface Row {
  readonly head: string;
  readonly deploy: string;
  readonly issue: string;
}

/**
 * The newest hour of every service, or of each of `serviceNames` that is known; in any order, and to be gone through
 * once. What is short comes as one column, as each costs something in each of a hundred thousand rows; what can be long
 * does not, as to put it together costs Postgres more.
 */
export async function newestHours(
  database: Pick<pg.Pool, 'query'>,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Iterable<NewestHour>> {
  const query =
    serviceNames === undefined
      ? { name: 'newest hours', text: selectNewestHours('') }
      : {
          name: 'newest hours of',
          text: selectNewestHours('and service_name = any ($1::text[])'),
          values: [serviceNames],
        };
  const { rows } = await database.query<Row>(query);
  return parseRows(rows, gapSeconds);
}

function selectNewestHours(condition: string): string {
  return `
    select service_name || E'\\t' || hour || E'\\t' || coalesce(${CHECKPOINT_TEXT}, '') as head, deploy, issue
    from services
    join observations using (service_name)
    where observations.hour = services.newest_hour ${condition}`;
}

// One by one: what is made of a hundred thousand is garbage at once then, and cheap.
function* parseRows(rows: readonly Row[], gapSeconds: number): Generator<NewestHour> {
  for (const row of rows) yield parseRow(row, gapSeconds);
}

function parseRow({ head, deploy, issue }: Row, gapSeconds: number): NewestHour {
  // To split it into a list takes thrice as long.
  const nameEnd = head.indexOf('\t');
  const hourEnd = head.indexOf('\t', nameEnd + 1);
  const hour = Number(head.slice(nameEnd + 1, hourEnd));
  return {
    serviceName: head.slice(0, nameEnd),
    hour,
    observed: toObservedSeconds({ hour, deploy, issue }),
    checkpoint: parseCheckpoint(head.slice(hourEnd + 1), gapSeconds),
  };
}
