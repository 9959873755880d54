import type pg from 'pg';

import { eachRow } from '../../database/each-row.ts';
import { hashOf } from '../../program/hash.ts';
import { inTurns } from '../../program/in-turns.ts';
import {
  SECONDS_PER_HOUR,
  type Checkpoint,
  type ObservedHour,
  type ObservedSeconds,
  type SecondRange,
} from '../timeline.ts';
import type { NameRange } from './names.ts';

type Database = Pick<pg.Pool, 'query'>;

/**
 * Services are spread over so many buckets, by the hash of their name. The bucket is the first column of the keys of
 * `services` and `observations`, every statement names it, and what is written of one bucket never needs a transaction
 * with another: so they can lie on different servers. The number is part of what is stored and never changes.
 */
export const BUCKETS = 64;

/** The bucket of a service. In SQL: `minikom_bucket(service_name)`. */
export function bucketOf(serviceName: string): number {
  return hashOf(serviceName) % BUCKETS;
}

/** An hour as PostgreSQL writes it, and as what is pending is told. */
export interface HourRow {
  readonly service_name: string;
  readonly hour: number;
  /** Multiranges of seconds of the hour. */
  readonly deploy: string;
  readonly issue: string;
}

/** What a row of services says: its newest hour is undefined if it has a gap of its own but was never reported. */
export interface KnownService {
  readonly newestHour: number | undefined;
  readonly ownGapSeconds: number | undefined;
  readonly checkpoint: StoredCheckpoint | undefined;
}

/** A checkpoint, and the gap that it was made with: with another one it means nothing. */
export interface StoredCheckpoint extends Checkpoint {
  readonly gapSeconds: number;
}

/** A service, its newest stored hour if there is one, and what its row of services says. */
export interface NewestHour {
  readonly serviceName: string;
  readonly newest: ObservedHour | undefined;
  /** From which unix second on all of the newest hour is there: its first, or a later one if only its end was read. */
  readonly knownFrom: number;
  readonly ownGapSeconds: number | undefined;
  readonly checkpoint: StoredCheckpoint | undefined;
}

/** In SQL: the checkpoint of a row of services as {@link parseCheckpoint} reads it; null if it has no interval. */
export const CHECKPOINT_TEXT = `
  (checkpoint_hour || ' ' || checkpoint_gap || ' ' || checkpoint_state || ' ' || checkpoint_start || ' ' || checkpoint_end)`;

/** Undefined if there is none. */
export function parseCheckpoint(text: string | null): StoredCheckpoint | undefined {
  if (text === null || text === '') return undefined;
  const [hour, gap, state, start, end] = text.split(' ');
  return {
    hour: Number(hour),
    gapSeconds: Number(gap),
    interval: { state: state === 'issue' ? 'issue' : 'deploy', start: Number(start), end: Number(end) },
  };
}

/** What is stored of a service besides its hours; undefined if nothing is. */
export async function knownService(
  database: Database,
  serviceName: string,
): Promise<KnownService | undefined> {
  const { rows } = await database.query<{
    newest_hour: number | null;
    gap_seconds: number | null;
    checkpoint: string | null;
  }>({
    name: 'known service',
    text: `
      select newest_hour, gap_seconds, ${CHECKPOINT_TEXT} as checkpoint
      from services
      where bucket = $1 and service_name = $2`,
    values: [bucketOf(serviceName), serviceName],
  });
  const [row] = rows;
  return (
    row && {
      newestHour: row.newest_hour ?? undefined,
      ownGapSeconds: row.gap_seconds ?? undefined,
      checkpoint: parseCheckpoint(row.checkpoint),
    }
  );
}

/** The gaps that some of these services were given as their own. */
export async function ownGapsOf(
  database: Database,
  serviceNames: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await database.query<{ service_name: string; gap_seconds: number }>({
    name: 'own gaps of',
    text: `
      select service_name, gap_seconds
      from services
      where bucket = any ($1::int2[]) and service_name = any ($2::text[]) and gap_seconds is not null`,
    values: [bucketsOf(serviceNames), serviceNames],
  });
  return new Map(rows.map(({ service_name, gap_seconds }) => [service_name, gap_seconds]));
}

/** At most `limit` hours of one service from `fromHour` up to before `beforeHour`, newest first. */
export async function hoursBefore(
  database: Database,
  serviceName: string,
  fromHour: number,
  beforeHour: number,
  limit: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<HourRow>({
    name: 'hours before',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where bucket = $1 and service_name = $2 and hour >= $3 and hour < $4
      order by hour desc
      limit $5`,
    values: [bucketOf(serviceName), serviceName, fromHour, beforeHour, limit],
  });
  return rows.map(toObservedHour);
}

/** The hours from `fromHour` up to before `beforeHour` of each of these services, each service's oldest first. */
export async function hoursOfEach(
  database: Database,
  serviceNames: readonly string[],
  fromHour: number,
  beforeHour: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<HourRow>({
    name: 'hours of each',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where bucket = any ($1::int2[]) and service_name = any ($2::text[]) and hour >= $3 and hour < $4
      order by service_name, hour`,
    values: [bucketsOf(serviceNames), serviceNames, fromHour, beforeHour],
  });
  const hours: ObservedHour[] = [];
  await inTurns(rows, (row) => void hours.push(toObservedHour(row)));
  return hours;
}

/** The hours of a part of a span, and of them, if told, only those with an issue and these. */
export interface HoursOfSpan {
  readonly fromHour: number;
  readonly beforeHour: number;
  readonly withIssueOr?: readonly ObservedHour[] | undefined;
}

/** The hours of a part of a span of each of these services as PostgreSQL writes them, each service's oldest first. */
export async function hoursOfSpan(
  database: Database,
  serviceNames: readonly string[],
  { fromHour, beforeHour, withIssueOr }: HoursOfSpan,
): Promise<HourRow[]> {
  const condition = `
    and (not isempty(issue) or (service_name, hour) in (select * from unnest($5::text[], $6::int4[])))`;
  const { rows } = await database.query<HourRow>({
    name: withIssueOr === undefined ? 'hours of span' : 'issue hours of span',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where bucket = any ($1::int2[]) and service_name = any ($2::text[]) and hour >= $3 and hour < $4
        ${withIssueOr === undefined ? '' : condition}
      order by bucket, service_name, hour`,
    values: [
      ...[bucketsOf(serviceNames), serviceNames, fromHour, beforeHour],
      ...(withIssueOr === undefined
        ? []
        : [withIssueOr.map(({ serviceName }) => serviceName), withIssueOr.map(({ hour }) => hour)]),
    ],
  });
  return rows;
}

/** For each of the services the hours from `beforeHour - hours` up to before its `beforeHour`, in any order. */
export async function hoursBeforeEach(
  database: Database,
  services: readonly { readonly serviceName: string; readonly beforeHour: number }[],
  hours: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<HourRow>({
    name: 'hours before each',
    text: `
      select observations.service_name, hour, deploy::text, issue::text
      from unnest($1::int2[], $2::text[], $3::int4[]) as wanted (bucket, service_name, before_hour)
      join observations on observations.bucket = wanted.bucket
        and observations.service_name = wanted.service_name
        and hour >= wanted.before_hour - $4 and hour < wanted.before_hour`,
    values: [
      services.map(({ serviceName }) => bucketOf(serviceName)),
      services.map(({ serviceName }) => serviceName),
      services.map(({ beforeHour }) => beforeHour),
      hours,
    ],
  });
  return rows.map(toObservedHour);
}

/** Those of these names, or some by name. */
export type NamedServices = { readonly serviceNames: readonly string[] } | NameRange;

/** Which services: these, or those of a range of buckets. */
export type Services = NamedServices | { readonly firstBucket: number; readonly lastBucket: number };

/** All buckets of a range, one by one: by a span, a cluster could not tell which servers have none of them. */
export function bucketsFrom(range: Extract<Services, { firstBucket: number }>): number[] {
  const { firstBucket, lastBucket } = range;
  return Array.from({ length: lastBucket - firstBucket + 1 }, (_, index) => firstBucket + index);
}

/**
 * Uses the newest stored hour of each of the services, of a long one only the end, as they arrive: by name if a range of names is
 * asked for, else in any order.
 */
export function eachNewestHour(
  database: Database,
  services: NamedServices,
  use: (newest: NewestHour) => void,
): Promise<void> {
  const query =
    'serviceNames' in services
      ? {
          name: 'newest hours of',
          text: selectNewestHours('bucket = any ($1::int2[]) and service_name = any ($2::text[])'),
          values: [bucketsOf(services.serviceNames), services.serviceNames],
        }
      : {
          name: 'newest hours',
          text: selectNewestHours('service_name >= $1 and service_name < $2 order by service_name limit $3'),
          values: [services.from, services.before, services.limit],
        };
  return eachRow(database, query, ([head = null, deploy = null, issue = null]) =>
    use(parseNewestHour(head ?? '', deploy, issue)),
  );
}

// Hours of services that change state all the time grow long, and to write them out takes PostgreSQL longer than all else.
// Mostly the newest interval began within their last minutes. Who has a gap of its own reports seldom: its hours are long
// because each report is a range, and its intervals are, too.
const LONG_BYTES = 200;
const LAST_SECONDS = 300;

function selectNewestHours(condition: string): string {
  const end = `int4multirange(int4range(end_from, ${SECONDS_PER_HOUR}))`;
  // is_long is written three times over by the planner, and cheap; who keeps it from that keeps a cluster from planning it.
  return `
    select service_name || E'\\t' || coalesce(hour::text, '') || E'\\t' || case when is_long then end_from::text else '' end
      || E'\\t' || coalesce(gap_seconds::text, '') || E'\\t' || coalesce(${CHECKPOINT_TEXT}, '') as head,
      case when is_long then deploy * ${end} else deploy end as deploy,
      case when is_long then issue * ${end} else issue end as issue
    from (
      select services.*, hour, deploy, issue,
        gap_seconds is null and pg_column_size(deploy) + pg_column_size(issue) > ${LONG_BYTES} as is_long,
        greatest(0, upper(deploy) - ${LAST_SECONDS}, upper(issue) - ${LAST_SECONDS}) as end_from
      from services
      left join observations on observations.bucket = services.bucket
        and observations.service_name = services.service_name and observations.hour = services.newest_hour
    ) as newest
    where ${condition}`;
}

/**
 * `head` is the name, the hour, the second of the hour from which on it is there, the gap and the checkpoint or nothing, from tab to tab: a
 * name holds none. What is short comes as one column, as each costs something in each of a hundred thousand rows; what can be long
 * does not, as to put it together costs PostgreSQL more.
 */
function parseNewestHour(head: string, deploy: string | null, issue: string | null): NewestHour {
  // To split it into a list takes thrice as long.
  const nameEnd = head.indexOf('\t');
  const hourEnd = head.indexOf('\t', nameEnd + 1);
  const fromEnd = head.indexOf('\t', hourEnd + 1);
  const gapEnd = head.indexOf('\t', fromEnd + 1);
  const serviceName = head.slice(0, nameEnd);
  const hour = Number(head.slice(nameEnd + 1, hourEnd));
  return {
    serviceName,
    newest:
      deploy === null || issue === null
        ? undefined
        : { serviceName, hour, observed: toObservedSeconds(hour, deploy, issue) },
    knownFrom: hour * SECONDS_PER_HOUR + Number(head.slice(hourEnd + 1, fromEnd)),
    ownGapSeconds: gapEnd === fromEnd + 1 ? undefined : Number(head.slice(fromEnd + 1, gapEnd)),
    checkpoint: parseCheckpoint(head.slice(gapEnd + 1)),
  };
}

/** A row as PostgreSQL writes it. */
export function toObservedHour({ service_name, hour, deploy, issue }: HourRow): ObservedHour {
  return { serviceName: service_name, hour, observed: toObservedSeconds(hour, deploy, issue) };
}

function toObservedSeconds(hour: number, deploy: string, issue: string): ObservedSeconds {
  const offset = hour * SECONDS_PER_HOUR;
  return { deploy: parseMultirange(deploy, offset), issue: parseMultirange(issue, offset) };
}

const DIGIT_ZERO = 0x30;
const OPENING = 0x5b;
const CLOSING = 0x29;
const COMMA = 0x2c;

/** The ranges of a multirange as PostgreSQL writes it, canonical `[a,b)`, each moved by `offset`. */
export function parseMultirange(text: string, offset: number): SecondRange[] {
  const ranges: SecondRange[] = [];
  // Digit by digit: a list of all services has ten thousands of them, and a regular expression takes thrice as long.
  let bound = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const digit = unit - DIGIT_ZERO;
    if (digit >= 0 && digit <= 9) bound = 10 * bound + digit;
    else if (unit === OPENING) bound = 0;
    else if (unit === CLOSING) ranges.push({ start: offset + start, end: offset + bound });
    else if (unit === COMMA) {
      start = bound;
      bound = 0;
    }
  }
  return ranges;
}

function bucketsOf(serviceNames: readonly string[]): number[] {
  return [...new Set(serviceNames.map(bucketOf))];
}
