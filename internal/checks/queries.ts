import type pg from 'pg';
import type { ClientBase } from 'pg';

import { deleteInSteps, type Archived } from '../database/transaction.ts';
import { WINDOW_MS, type Check } from './check.ts';

/** A row of checks as a {@link Check}. */
const CHECK = `target, checked_ms::float8 as "checkedMs", code, outcome, failed, latency_ms as "latencyMs", error,
  certificate_end_ms::float8 as "certificateEndMs"`;

/**
 * The checks of the five minutes up to `nowMs`, milliseconds since 1970, of one target or all, oldest first. A check is
 * exactly five minutes old when it is no longer there.
 */
export async function checksOfWindow(
  database: pg.Pool,
  target: string | undefined,
  nowMs: number,
): Promise<Check[]> {
  const { rows } = await database.query<Check>({
    name: 'checks of the window',
    text: `
      select ${CHECK}
      from checks
      where checked_ms > $1::int8 and checked_ms <= $2::int8 and ($3::text is null or target = $3)
      order by checked_ms, target`,
    values: [...windowUntil(nowMs), target ?? null],
  });
  return rows;
}

/** The latest check of each target in the five minutes up to `nowMs`; of `targets` only, if given. */
export async function latestOfWindow(
  database: pg.Pool,
  targets: readonly string[] | undefined,
  nowMs: number,
): Promise<Check[]> {
  const { rows } = await database.query<Check>({
    name: 'latest checks of the window',
    text: `
      select distinct on (target) ${CHECK}
      from checks
      where checked_ms > $1::int8 and checked_ms <= $2::int8 and ($3::text[] is null or target = any($3))
      order by target, checked_ms desc`,
    values: [...windowUntil(nowMs), targets ?? null],
  });
  return rows;
}

/** How often each outcome came in the window. */
export interface OutcomeCount {
  readonly target: string;
  readonly outcome: string;
  readonly failed: boolean;
  readonly checks: number;
}

/** What the five minutes up to `nowMs` come to, by target and outcome; of `targets` only, if given. */
export async function countsOfWindow(
  database: pg.Pool,
  targets: readonly string[] | undefined,
  nowMs: number,
): Promise<OutcomeCount[]> {
  const { rows } = await database.query<OutcomeCount>({
    name: 'check counts of the window',
    text: `
      select target, outcome, failed, count(*)::int4 as checks
      from checks
      where checked_ms > $1::int8 and checked_ms <= $2::int8 and ($3::text[] is null or target = any($3))
      group by target, outcome, failed
      order by target, outcome, failed`,
    values: [...windowUntil(nowMs), targets ?? null],
  });
  return rows;
}

/** Whether there is any check of a target, however old. */
export async function isKnown(database: pg.Pool, target: string): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'whether a target was checked',
    text: 'select from checks where target = $1 limit 1',
    values: [target],
  });
  return rowCount === 1;
}

/** The newest checks of a target that are kept, or of those that failed, newest first. */
export async function newestChecks(
  database: pg.Pool,
  target: string,
  { limit, failedOnly }: { readonly limit: number; readonly failedOnly: boolean },
): Promise<Check[]> {
  const { rows } = await database.query<Check>({
    name: 'newest checks of a target',
    text: `
      select ${CHECK}
      from checks
      where target = $1 and (failed or not $2::boolean)
      order by checked_ms desc
      limit $3`,
    values: [target, failedOnly, limit],
  });
  return rows;
}

/** When the certificate ends that a target showed last, in milliseconds since 1970. */
export async function certificateEnd(database: pg.Pool, target: string): Promise<number | undefined> {
  const { rows } = await database.query<{ readonly endMs: number }>({
    name: 'certificate of a target',
    text: `
      select certificate_end_ms::float8 as "endMs"
      from checks
      where target = $1 and certificate_end_ms is not null
      order by checked_ms desc
      limit 1`,
    values: [target],
  });
  return rows[0]?.endMs;
}

/** How the last check of a target ended. */
export interface LastCheck {
  readonly target: string;
  readonly checkedMs: number;
  /** How many failed in a row up to it, as far as was looked. */
  readonly failures: number;
}

/** The last check of each of these targets that has any, however old; looks back on `most` of them. */
export async function lastChecks(
  database: pg.Pool,
  targets: readonly string[],
  most: number,
): Promise<LastCheck[]> {
  const found: LastCheck[] = [];
  for (const target of targets) {
    const { rows } = await database.query<Omit<LastCheck, 'target'>>({
      name: 'last checks of a target',
      text: `
        select max(checked_ms)::float8 as "checkedMs", count(*) filter (where failed_since)::int4 as failures
        from (
          select checked_ms, bool_and(failed) over (order by checked_ms desc) as failed_since
          from checks
          where target = $1
          order by checked_ms desc
          limit $2
        ) as last
        having count(*) > 0`,
      values: [target, most],
    });
    found.push(...rows.map((last) => ({ target, ...last })));
  }
  return found;
}

/** Exclusive and inclusive bound, as whole milliseconds, which all stored times are. */
function windowUntil(nowMs: number): readonly [number, number] {
  return [Math.floor(nowMs - WINDOW_MS), Math.floor(nowMs)];
}

// The longest span of GET /checks/percent, and what its first points look back on.
const KEPT_MS = 86_400_000 + WINDOW_MS;

/** Checks before this go; in milliseconds since 1970. */
export function oldestKeptMs(nowSeconds: number): number {
  return Math.floor(nowSeconds * 1000) - KEPT_MS;
}

/** Deletes the checks before `cutoffMs`, in steps of at most `limit`, and returns how many. */
export function deleteOldChecks(
  client: ClientBase,
  cutoffMs: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  const statement = {
    text: `
      delete from checks
      where (target, checked_ms) in (
        select target, checked_ms from checks where checked_ms < $1 order by checked_ms, target limit $2
      )`,
    values: [cutoffMs, limit],
  };
  return deleteInSteps(client, limit, statement, archived);
}
