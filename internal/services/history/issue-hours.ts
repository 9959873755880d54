import { SECONDS_PER_HOUR, type ObservedHour, type ReportedState } from '../timeline.ts';
import { BUCKETS, toObservedHour, type HourRow } from './hours.ts';
import { withPending, type HistorySource, type PendingHours } from './reader.ts';

/** The hours of a service that may have been in a state, oldest first, and the gap by which they are intervals. */
export interface IssueHours {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly hours: readonly ObservedHour[];
}

// Read at once: an eighth of all services, so that their hours are not all in memory.
const BUCKETS_AT_ONCE = 8;

/** Of which services, beside those of which something is pending. */
interface WhichServices {
  /** Seen in this state in one of the hours; in issue, unless told. */
  readonly state?: ReportedState;
  /** And those that were given a longer gap than this, which may have had an issue with nothing seen in any of the hours. */
  readonly gapAbove?: number;
}

/**
 * The hours that hold [from, to), in whole unix seconds, of each of these services. Those that were not seen in the state cost
 * a look at an index, and no more.
 */
export async function* issueHours(
  source: HistorySource,
  from: number,
  to: number,
  { state = 'issue', gapAbove = Infinity }: WhichServices = {},
): AsyncGenerator<IssueHours> {
  const fromHour = Math.floor(from / SECONDS_PER_HOUR);
  const beforeHour = Math.ceil(to / SECONDS_PER_HOUR);
  for (let firstBucket = 0; firstBucket < BUCKETS; firstBucket += BUCKETS_AT_ONCE) {
    const lastBucket = firstBucket + BUCKETS_AT_ONCE - 1;
    const pending = await source.pending({ firstBucket, lastBucket });
    const stored = await selectHours(
      source.database,
      { firstBucket, lastBucket },
      fromHour,
      beforeHour,
      pending,
      { state, gapAbove },
    );
    for (const name of new Set([...stored.keys(), ...pending.keys()])) {
      const { gapSeconds, hours } = stored.get(name) ?? { gapSeconds: undefined, hours: [] };
      yield {
        serviceName: name,
        gapSeconds: source.gapOf(name, gapSeconds),
        hours: withPending(hours, pending.get(name) ?? [], fromHour, beforeHour),
      };
    }
  }
}

interface Row extends Omit<HourRow, 'hour'> {
  readonly gap_seconds: number | null;
  /** Null if the service has no hour there. */
  readonly hour: number | null;
}

async function selectHours(
  database: HistorySource['database'],
  { firstBucket, lastBucket }: { readonly firstBucket: number; readonly lastBucket: number },
  fromHour: number,
  beforeHour: number,
  pending: PendingHours,
  { state, gapAbove }: Required<WhichServices>,
): Promise<Map<string, { readonly gapSeconds: number | undefined; readonly hours: ObservedHour[] }>> {
  const { rows } = await database.query<Row>({
    name: `hours with ${state}`,
    text: `
      select services.service_name, gap_seconds, hour, deploy::text, issue::text
      from services
      left join observations on observations.bucket = services.bucket
        and observations.service_name = services.service_name and hour >= $3 and hour < $4
      where services.bucket between $1 and $2
        and (services.service_name = any ($5::text[]) or gap_seconds > $6::float8 or newest_hour >= $3 and exists (
          select from observations as other
          where other.bucket = services.bucket and other.service_name = services.service_name
            and other.hour >= $3 and other.hour < $4 and not isempty(other.${state})))
      order by services.service_name, hour`,
    values: [firstBucket, lastBucket, fromHour, beforeHour, [...pending.keys()], gapAbove],
  });
  const services = new Map<string, { gapSeconds: number | undefined; hours: ObservedHour[] }>();
  for (const { gap_seconds, hour, ...row } of rows) {
    const known = services.get(row.service_name) ?? { gapSeconds: gap_seconds ?? undefined, hours: [] };
    services.set(row.service_name, known);
    if (hour !== null) known.hours.push(toObservedHour({ ...row, hour }));
  }
  return services;
}
