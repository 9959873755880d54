import {
  concatenate,
  intervalsOf,
  SECONDS_PER_HOUR,
  type Interval,
  type ObservedHour,
  type ReportedState,
} from '../timeline.ts';
import { BUCKETS, bucketsFrom, toObservedHour, type HourRow } from './hours.ts';
import { intervalsIn } from './newest.ts';
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
      const { gapSeconds, hours } = stored.get(name) ?? nothingStored;
      yield {
        serviceName: name,
        gapSeconds: source.gapOf(name, gapSeconds),
        hours: withPending(hours, pending.get(name) ?? [], fromHour, beforeHour),
      };
    }
  }
}

/** The intervals of a service in a span and around it, oldest first, and its newest one. */
export interface IntervalsAround {
  readonly serviceName: string;
  readonly gapSeconds: number;
  readonly intervals: readonly Interval[];
  /** Undefined if it was never reported, or if it was only long before the span. */
  readonly newest: Interval | undefined;
}

const LEAST_MARGIN_SECONDS = 300;

/**
 * The intervals of each service that may have been in issue in [from, to), in unix seconds; those at the edges of the span
 * may go on behind them. Each newest one is known where `to` is as late as any report.
 */
export async function* intervalsWithIssues(
  source: HistorySource,
  from: number,
  to: number,
): AsyncGenerator<IntervalsAround> {
  const margin = Math.max(LEAST_MARGIN_SECONDS, source.longestGapSeconds);
  const read = issueHours(source, Math.max(0, from - margin), to + margin, { gapAbove: margin });
  yield* intervalsOfRead(source, read, margin, from, to);
}

/**
 * The intervals by hours that were read with a margin around [from, to): an interval may reach over an edge of the span by its
 * gaps, and their other ends are needed. Services with a longer gap of their own are read by themselves.
 */
async function* intervalsOfRead(
  source: HistorySource,
  read: AsyncIterable<IssueHours> | Iterable<IssueHours>,
  margin: number,
  from: number,
  to: number,
): AsyncGenerator<IntervalsAround> {
  const alone: string[] = [];
  for await (const { serviceName, gapSeconds, hours } of read) {
    if (gapSeconds > margin) {
      alone.push(serviceName);
      continue;
    }
    const intervals = intervalsOf(concatenate(hours), gapSeconds);
    yield { serviceName, gapSeconds, intervals, newest: intervals.at(-1) };
  }
  if (alone.length > 0) yield* intervalsAround(source, alone, from, to);
}

/** The same of these services. */
export async function* intervalsAround(
  source: HistorySource,
  serviceNames: readonly string[],
  from: number,
  to: number,
): AsyncGenerator<IntervalsAround> {
  for (const [serviceName, { intervals, newest }] of await intervalsIn(source, serviceNames, from, to)) {
    if (newest === undefined) continue;
    yield { serviceName, gapSeconds: newest.gapSeconds, intervals, newest: newest.interval };
  }
}

interface Row extends Omit<HourRow, 'hour'> {
  readonly gap_seconds: number | null;
  /** Null if the service has no hour there. */
  readonly hour: number | null;
}

interface StoredHours {
  readonly gapSeconds: number | undefined;
  readonly hours: ObservedHour[];
}

const nothingStored: StoredHours = { gapSeconds: undefined, hours: [] };

async function selectHours(
  database: HistorySource['database'],
  buckets: { readonly firstBucket: number; readonly lastBucket: number },
  fromHour: number,
  beforeHour: number,
  pending: PendingHours,
  { state, gapAbove }: Required<WhichServices>,
): Promise<Map<string, StoredHours>> {
  const { rows } = await database.query<Row>({
    name: `hours with ${state}`,
    text: `
      select services.service_name, gap_seconds, hour, deploy::text, issue::text
      from services
      left join observations on observations.bucket = services.bucket
        and observations.service_name = services.service_name and hour >= $2 and hour < $3
      where services.bucket = any ($1::int2[])
        and (services.service_name = any ($4::text[]) or gap_seconds > $5::float8 or newest_hour >= $2 and exists (
          select from observations as other
          where other.bucket = services.bucket and other.service_name = services.service_name
            and other.hour >= $2 and other.hour < $3 and not isempty(other.${state})))
      order by services.service_name, hour`,
    values: [bucketsFrom(buckets), fromHour, beforeHour, [...pending.keys()], gapAbove],
  });
  return hoursByService(rows);
}

function hoursByService(rows: readonly Row[]): Map<string, StoredHours> {
  const services = new Map<string, StoredHours>();
  for (const { gap_seconds, hour, ...row } of rows) {
    const known = services.get(row.service_name) ?? { gapSeconds: gap_seconds ?? undefined, hours: [] };
    services.set(row.service_name, known);
    if (hour !== null) known.hours.push(toObservedHour({ ...row, hour }));
  }
  return services;
}
