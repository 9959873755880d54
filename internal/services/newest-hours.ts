import type pg from 'pg';

import { CHECKPOINT_TEXT, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { parseMultirange } from './multirange.ts';
import type { ObservedHour } from './queries.ts';

/** A service's newest hour, and its checkpoint if there is one. */
export interface NewestHour extends ObservedHour {
  readonly checkpoint: Checkpoint | undefined;
}

/**
 * The newest hour of every service, or of each of `serviceNames` that is known; in any order, and to be gone through
 * once. Postgres writes each as one text, from tab to tab: to read four columns takes twice as long. A name holds no tabs.
 */
export async function newestHours(
  database: Pick<pg.Pool, 'query'>,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Iterable<NewestHour>> {
  const query =
    serviceNames === undefined
      ? { name: 'newest hours', text: newestHoursAsText('') }
      : {
          name: 'newest hours of',
          text: newestHoursAsText('and service_name = any ($1::text[])'),
          values: [serviceNames],
        };
  const { rows } = await database.query<{ line: string }>(query);
  return parseLines(rows, gapSeconds);
}

function newestHoursAsText(condition: string): string {
  return `
    select service_name || E'\\t' || hour || E'\\t' || deploy::text || E'\\t' || issue::text || E'\\t'
      || coalesce(${CHECKPOINT_TEXT}, '') as line
    from services
    join observations using (service_name)
    where observations.hour = services.newest_hour ${condition}`;
}

// One by one: what is made of a hundred thousand is garbage at once then, and cheap.
function* parseLines(rows: readonly { readonly line: string }[], gapSeconds: number): Generator<NewestHour> {
  for (const { line } of rows) yield parseLine(line, gapSeconds);
}

// To split the line into a list takes thrice as long.
function parseLine(line: string, gapSeconds: number): NewestHour {
  const nameEnd = line.indexOf('\t');
  const hourEnd = line.indexOf('\t', nameEnd + 1);
  const deployEnd = line.indexOf('\t', hourEnd + 1);
  const issueEnd = line.indexOf('\t', deployEnd + 1);
  const hour = Number(line.slice(nameEnd + 1, hourEnd));
  const offset = hour * SECONDS_PER_HOUR;
  return {
    serviceName: line.slice(0, nameEnd),
    hour,
    observed: {
      deploy: parseMultirange(line, offset, hourEnd + 1, deployEnd),
      issue: parseMultirange(line, offset, deployEnd + 1, issueEnd),
    },
    checkpoint: parseCheckpoint(line.slice(issueEnd + 1), gapSeconds),
  };
}
