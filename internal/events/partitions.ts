import type { ClientBase } from 'pg';

import { lockArguments, type AdvisoryLock } from '../database/advisory-locks.ts';

/** A day of UTC, as YYYYMMDD. */
export type Day = string;

const DAY_SECONDS = 86_400;
/** Held by who makes or drops partitions. */
export const partitionLock: AdvisoryLock = { name: 'partitions', number: 1 };
const PARTITION_LOCK = lockArguments(partitionLock);

/** The day of a time in unix seconds. */
export function dayOf(unixSeconds: number): Day {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Unix seconds of the day's start. */
export function startOfDay(day: Day): number {
  return Date.parse(isoDate(day)) / 1000;
}

/** The table that holds what arrived on that day. */
export function partitionOf(day: Day): string {
  if (!/^\d{8}$/.test(day)) throw new RangeError(`${day} is no day`);
  return `payload_events_${day}`;
}

/**
 * Makes the partition of a day unless it is there, inside the caller's transaction. Several may want it at once: they
 * take turns. Whoever reads or writes other partitions is not held up, as attaching one locks no more than the name.
 */
export async function createPartition(client: ClientBase, day: Day): Promise<void> {
  const partition = partitionOf(day);
  const from = isoDate(day);
  const to = isoDate(dayOf(startOfDay(day) + DAY_SECONDS));
  await client.query(`select pg_advisory_xact_lock(${PARTITION_LOCK})`);
  // Asked for only now: whoever had the lock before may have made it. And of the catalog: to_regclass may still
  // remember that there was none.
  const { rows } = await client.query<{ exists: boolean }>(
    `select exists (
      select from pg_inherits join pg_class on pg_class.oid = inhrelid
      where inhparent = 'payload_events'::regclass and relname = $1
    ) as exists`,
    [partition],
  );
  if (rows[0]?.exists === true) return;
  // One by one, as a cluster passes each on.
  await client.query(`create table ${partition} (like payload_events including defaults)`);
  await client.query(`alter table ${partition} alter column received_day set default '${from}'`);
  await client.query(
    `alter table payload_events attach partition ${partition} for values from ('${from}') to ('${to}')`,
  );
}

/** The days that have a partition, newest first. */
export async function partitionDays(database: Pick<ClientBase, 'query'>): Promise<Day[]> {
  const { rows } = await database.query<{ day: Day }>(`
    select right(relname, 8) as day
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
    where inhparent = 'payload_events'::regclass
    order by day desc`);
  return rows.map(({ day }) => day);
}

/** YYYY-MM-DD, for SQL. */
export function isoDate(day: Day): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`;
}
