import type pg from 'pg';
import type { ClientBase } from 'pg';

import { deleteInSteps } from '../database/transaction.ts';
import { WINDOW_MS, type Check } from './check.ts';

/** A row of checks as a {@link Check}. */
const CHECK = 'target, checked_ms::float8 as "checkedMs", code, outcome, latency_ms as "latencyMs"';

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

/** How the last check of a target ended. */
export interface LastCheck {
  readonly target: string;
  readonly checkedMs: number;
  readonly failed: boolean;
}

/** The last check of each of these targets that has any, however old. */
export async function lastChecks(database: pg.Pool, targets: readonly string[]): Promise<LastCheck[]> {
  const { rows } = await database.query<LastCheck>({
    name: 'last checks',
    text: `
      select asked.target, last.checked_ms::float8 as "checkedMs", last.failed
      from unnest($1::text[]) as asked (target)
      cross join lateral (
        select checked_ms, failed
        from checks
        where checks.target = asked.target
        order by checked_ms desc
        limit 1
      ) as last`,
    values: [targets],
  });
  return rows;
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
export function deleteOldChecks(client: ClientBase, cutoffMs: number, limit: number): Promise<number> {
  return deleteInSteps(client, limit, {
    text: `
      delete from checks
      where (target, checked_ms) in (
        select target, checked_ms from checks where checked_ms < $1 order by checked_ms, target limit $2
      )`,
    values: [cutoffMs, limit],
  });
}
