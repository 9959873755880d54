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
 * once. Postgres puts it together to one text, a service a line: to read ten thousand rows one by one takes three times
 * as long. A name holds neither tabs nor line feeds.
 */
export async function newestHours(
  database: Pick<pg.Pool, 'query'>,
  gapSeconds: number,
  serviceNames?: readonly string[],
): Promise<Iterable<NewestHour>> {
  const query =
    serviceNames === undefined
      ? { name: 'newest hours', text: newestHoursAsLines('') }
      : {
          name: 'newest hours of',
          text: newestHoursAsLines('and service_name = any ($1::text[])'),
          values: [serviceNames],
        };
  const { rows } = await database.query<{ lines: string | null }>(query);
  return parseLines(rows[0]?.lines ?? '', gapSeconds);
}

function newestHoursAsLines(condition: string): string {
  return `
    select string_agg(
      service_name || E'\\t' || hour || E'\\t' || deploy::text || E'\\t' || issue::text || E'\\t'
        || coalesce(${CHECKPOINT_TEXT}, ''),
      E'\\n'
    ) as lines
    from services
    join observations using (service_name)
    where observations.hour = services.newest_hour ${condition}`;
}

// From tab to tab: to split each line into a list takes thrice as long. One by one: what is made of a hundred thousand
// is garbage at once then, and cheap.
function* parseLines(text: string, gapSeconds: number): Generator<NewestHour> {
  for (let at = 0; at < text.length;) {
    const nameEnd = text.indexOf('\t', at);
    const hourEnd = text.indexOf('\t', nameEnd + 1);
    const deployEnd = text.indexOf('\t', hourEnd + 1);
    const issueEnd = text.indexOf('\t', deployEnd + 1);
    const lineEnd = endOfLine(text, issueEnd + 1);
    const hour = Number(text.slice(nameEnd + 1, hourEnd));
    const offset = hour * SECONDS_PER_HOUR;
    yield {
      serviceName: text.slice(at, nameEnd),
      hour,
      observed: {
        deploy: parseMultirange(text, offset, hourEnd + 1, deployEnd),
        issue: parseMultirange(text, offset, deployEnd + 1, issueEnd),
      },
      checkpoint: parseCheckpoint(text.slice(issueEnd + 1, lineEnd), gapSeconds),
    };
    at = lineEnd + 1;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
