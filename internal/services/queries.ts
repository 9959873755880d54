import type pg from 'pg';

import { CHECKPOINT_TEXT, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { parseMultirange } from './multirange.ts';
import type { ObservedSeconds } from './timeline.ts';

/** One hour of one service, its seconds in unix seconds. */
export interface ObservedHour {
  readonly serviceName: string;
  readonly hour: number;
  readonly observed: ObservedSeconds;
}

interface Row {
  readonly service_name: string;
  readonly hour: number;
  readonly deploy: string;
  readonly issue: string;
}

/** At most `limit` hours of one service before `beforeHour`, newest first. */
export async function hoursBefore(
  database: Pick<pg.Pool, 'query'>,
  serviceName: string,
  beforeHour: number,
  limit: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<Row>({
    name: 'hours before',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where service_name = $1 and hour < $2
      order by hour desc
      limit $3`,
    values: [serviceName, beforeHour, limit],
  });
  return rows.map(toObservedHour);
}

/** At most `limit` hours of one service from `firstHour` to `lastHour`, oldest first. */
export async function hoursBetween(
  database: Pick<pg.Pool, 'query'>,
  serviceName: string,
  firstHour: number,
  lastHour: number,
  limit: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<Row>({
    name: 'hours between',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where service_name = $1 and hour >= $2 and hour <= $3
      order by hour
      limit $4`,
    values: [serviceName, firstHour, lastHour, limit],
  });
  return rows.map(toObservedHour);
}

/** The hours from `firstHour` to `lastHour` of each of these services, each service's oldest first. */
export async function hoursOfEachBetween(
  database: Pick<pg.Pool, 'query'>,
  serviceNames: readonly string[],
  firstHour: number,
  lastHour: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<Row>({
    name: 'hours of each between',
    text: `
      select service_name, hour, deploy::text, issue::text
      from observations
      where service_name = any ($1::text[]) and hour >= $2 and hour <= $3
      order by service_name, hour`,
    values: [serviceNames, firstHour, lastHour],
  });
  return rows.map(toObservedHour);
}

/** The service's checkpoint, or undefined if there is none that was made with this gap. */
export async function checkpointOf(
  database: Pick<pg.Pool, 'query'>,
  serviceName: string,
  gapSeconds: number,
): Promise<Checkpoint | undefined> {
  const { rows } = await database.query<{ checkpoint: string | null }>({
    name: 'checkpoint of',
    text: `select ${CHECKPOINT_TEXT} as checkpoint from services where service_name = $1`,
    values: [serviceName],
  });
  return parseCheckpoint(rows[0]?.checkpoint ?? null, gapSeconds);
}

/** Whether the service was ever reported. */
export async function isKnown(database: Pick<pg.Pool, 'query'>, serviceName: string): Promise<boolean> {
  const { rows } = await database.query<{ known: boolean }>({
    name: 'is known',
    text: 'select exists (select from services where service_name = $1) as known',
    values: [serviceName],
  });
  return rows[0]?.known === true;
}

/** For each of the services the hours from `beforeHour - hours` up to before its `beforeHour`, in any order. */
export async function hoursBeforeEach(
  database: Pick<pg.Pool, 'query'>,
  services: readonly { readonly serviceName: string; readonly beforeHour: number }[],
  hours: number,
): Promise<ObservedHour[]> {
  const { rows } = await database.query<Row>({
    name: 'hours before each',
    text: `
      select observations.service_name, hour, deploy::text, issue::text
      from unnest($1::text[], $2::int4[]) as wanted (service_name, before_hour)
      join observations on observations.service_name = wanted.service_name
        and hour >= wanted.before_hour - $3 and hour < wanted.before_hour`,
    values: [
      services.map(({ serviceName }) => serviceName),
      services.map(({ beforeHour }) => beforeHour),
      hours,
    ],
  });
  return rows.map(toObservedHour);
}

/** A row as Postgres writes it. */
export function toObservedHour(row: Row): ObservedHour {
  return { serviceName: row.service_name, hour: row.hour, observed: toObservedSeconds(row) };
}

/** The seconds of a row, in unix seconds. */
export function toObservedSeconds({ hour, deploy, issue }: Omit<Row, 'service_name'>): ObservedSeconds {
  const offset = hour * SECONDS_PER_HOUR;
  return { deploy: parseMultirange(deploy, offset), issue: parseMultirange(issue, offset) };
}
