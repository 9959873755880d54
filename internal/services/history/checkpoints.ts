import type { ClientBase } from 'pg';

import { lockArguments, type AdvisoryLock } from '../../database/advisory-locks.ts';
import { inTransaction } from '../../database/transaction.ts';
import type { Gaps } from '../gaps.ts';
import { SECONDS_PER_HOUR, type Interval } from '../timeline.ts';
import { CHECKPOINT_TEXT, parseCheckpoint, toObservedHour, type NewestHour } from './hours.ts';
import { byName, intervalsUpTo } from './newest.ts';

/** From an hour's end until it is taken for complete: what comes later than that costs its service the checkpoint. */
const LATE_SECONDS = 60;
const SERVICES_A_STEP = 1000;
// An hour can take 20 KB, and is in the event loop's way while it is folded.
const HOURS_AT_ONCE = 200;

/** Keeps claiming and keeping checkpoints apart from settling. */
export const checkpointLock: AdvisoryLock = { name: 'checkpoints', number: 4 };
const LOCK = lockArguments(checkpointLock);

/** The first hour that reports may still come for, `maxDelaySeconds` late and a little more. */
export function firstOpenHour(nowSeconds: number, maxDelaySeconds: number): number {
  return Math.floor((nowSeconds - maxDelaySeconds - LATE_SECONDS) / SECONDS_PER_HOUR);
}

/**
 * For who changes observations, ahead of it, to the end of the transaction: checkpoints are claimed and kept before it or
 * after. What was claimed or kept before is seen, and taken away if it stands for an hour that changes; what is claimed
 * after is made of observations that have the change.
 */
export async function keepFromCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'keep from checkpoints', text: `select pg_advisory_xact_lock_shared(${LOCK})` });
}

/** For who claims or keeps checkpoints, ahead of it, to the end of a short transaction: nobody changes observations meanwhile. */
async function lockCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'lock checkpoints', text: `select pg_advisory_xact_lock(${LOCK})` });
}

/**
 * Gives each service a checkpoint as late as can be: at its newest hour, or at `openHour` if that is earlier. Goes from
 * service to service in steps, and on to the next where one fails; then it throws in the end. Returns how many it made.
 * One at a time: the caller sees to that, on this very connection.
 */
export async function advanceCheckpoints(
  client: ClientBase,
  openHour: number,
  gaps: Gaps,
  signal?: AbortSignal,
): Promise<number> {
  let made = 0;
  const failures: unknown[] = [];
  for (const bucket of await dueBuckets(client, openHour, gaps)) {
    for (let after = ''; ;) {
      signal?.throwIfAborted();
      const { due, last } = await dueServices(client, bucket, openHour, gaps, after);
      if (last === undefined) break;
      if (due.length > 0) {
        await advanceSome(client, bucket, due, gaps, signal).then(
          (count) => (made += count),
          (error: unknown) => failures.push(error),
        );
      }
      after = last;
    }
  }
  if (failures.length > 0) throw failures[0];
  return made;
}

/**
 * Claims checkpoints, makes them, and keeps those whose claim is left: whoever changes an hour that one stands for takes
 * the claim away. Nobody has to wait while they are made.
 */
async function advanceSome(
  client: ClientBase,
  bucket: number,
  due: readonly Due[],
  gaps: Gaps,
  signal: AbortSignal | undefined,
): Promise<number> {
  await inTransaction(client, async () => {
    await lockCheckpoints(client);
    await claimCheckpoints(client, bucket, due);
  });
  const known = await lastKnownOf(client, bucket, due);
  const changed = known.flatMap(({ earlier, checkpoint }) =>
    earlier?.newest === undefined || earlier.newest.hour < (checkpoint?.hour ?? 0) ? [] : [earlier],
  );
  const source = {
    database: client,
    pending: () => Promise.resolve(new Map()),
    ...{ gapOf: gaps.gapOf, longestGapSeconds: gaps.longestSeconds },
  };
  const bounds = { mostHoursAtOnce: HOURS_AT_ONCE, ...(signal && { signal }) };
  const intervals = byName(await intervalsUpTo(source, changed, bounds));
  const made = known.map(({ serviceName, hour, gapSeconds, checkpoint }) => ({
    ...{ serviceName, hour, gapSeconds },
    interval: intervals.get(serviceName)?.interval ?? checkpoint?.interval,
  }));
  return inTransaction(client, async () => {
    await lockCheckpoints(client);
    return keepCheckpoints(client, bucket, made);
  });
}

/** A service that is to have a checkpoint at `hour`, made with `gapSeconds`. */
export interface Due {
  readonly serviceName: string;
  readonly hour: number;
  readonly gapSeconds: number;
}

/** What its checkpoint can be made of: an earlier one, and its newest hour before `hour`, if there are any. */
interface LastKnown extends Due {
  readonly checkpoint: NewestHour['checkpoint'];
  readonly earlier: NewestHour | undefined;
}

/** A checkpoint to be kept; without an interval: nothing is known of before. */
export interface MadeCheckpoint extends Due {
  readonly interval: Interval | undefined;
}

const isDue = (openHour: string, defaultGap: string, havePatterns: string) => `
  newest_hour is not null and (
    checkpoint_hour is null or checkpoint_hour < least(newest_hour, ${openHour}) or ${havePatterns}
    or checkpoint_gap is distinct from coalesce(gap_seconds, ${defaultGap})
  )`;

/** The buckets in which there may be services that are due. */
async function dueBuckets(client: ClientBase, openHour: number, gaps: Gaps): Promise<number[]> {
  const { rows } = await client.query<{ bucket: number }>({
    name: 'buckets with checkpoints due',
    text: `select bucket from services where ${isDue('$1', '$2', '$3')} group by bucket order by bucket`,
    values: [openHour, gaps.defaultSeconds, gaps.havePatterns],
  });
  return rows.map(({ bucket }) => bucket);
}

/** Looks at services by name after `after`: those whose checkpoint could be later or was made with another gap; and the last name. */
async function dueServices(
  client: ClientBase,
  bucket: number,
  openHour: number,
  gaps: Gaps,
  after: string,
): Promise<{ due: Due[]; last: string | undefined }> {
  const { rows } = await client.query<{
    service_name: string;
    due_hour: number;
    gap_seconds: number | null;
    checkpoint_gap: number | null;
    is_late: boolean;
  }>({
    name: 'checkpoints due',
    text: `
      select service_name, least(newest_hour, $2) as due_hour, gap_seconds, checkpoint_gap,
        checkpoint_hour is null or checkpoint_hour < least(newest_hour, $2) as is_late
      from services
      where bucket = $1 and service_name > $5 and ${isDue('$2', '$3', '$4')}
      order by service_name
      limit $6`,
    values: [bucket, openHour, gaps.defaultSeconds, gaps.havePatterns, after, SERVICES_A_STEP],
  });
  const due = rows.flatMap((row): Due[] => {
    const gapSeconds = gaps.gapOf(row.service_name, row.gap_seconds ?? undefined);
    if (!row.is_late && row.checkpoint_gap === gapSeconds) return [];
    return [{ serviceName: row.service_name, hour: row.due_hour, gapSeconds }];
  });
  return { due, last: rows.at(-1)?.service_name };
}

/** Claims them; whoever changes an hour before takes the claim away. */
export async function claimCheckpoints(
  client: ClientBase,
  bucket: number,
  due: readonly Pick<Due, 'serviceName' | 'hour'>[],
): Promise<void> {
  await client.query({
    name: 'claim checkpoints',
    text: `
      update services set checkpoint_claim = due.hour
      from unnest($2::text[], $3::int4[]) as due (service_name, hour)
      where services.bucket = $1 and services.service_name = due.service_name`,
    values: [bucket, ...columnsOf(due)],
  });
}

async function lastKnownOf(client: ClientBase, bucket: number, due: readonly Due[]): Promise<LastKnown[]> {
  const { rows } = await client.query<{
    service_name: string;
    due_hour: number;
    checkpoint: string | null;
    gap_seconds: number | null;
    hour: number | null;
    deploy: string;
    issue: string;
  }>({
    name: 'last known of',
    text: `
      select service_name, due_hour, gap_seconds, ${CHECKPOINT_TEXT} as checkpoint, hour, deploy::text, issue::text
      from services
      join unnest($2::text[], $3::int4[]) as due (service_name, due_hour) using (service_name)
      left join lateral (
        select hour, deploy, issue
        from observations
        where observations.bucket = $1 and observations.service_name = due.service_name and hour < due_hour
        order by hour desc
        limit 1
      ) as earlier on true
      where services.bucket = $1`,
    values: [bucket, ...columnsOf(due)],
  });
  const dueOf = new Map(due.map((one) => [one.serviceName, one]));
  return rows.flatMap((row): LastKnown[] => {
    const own = dueOf.get(row.service_name);
    if (own === undefined) return [];
    const stored = parseCheckpoint(row.checkpoint);
    const checkpoint = stored?.gapSeconds === own.gapSeconds ? stored : undefined;
    const ownGapSeconds = row.gap_seconds ?? undefined;
    const newest = row.hour === null ? undefined : toObservedHour({ ...row, hour: row.hour });
    const { serviceName } = own;
    const knownFrom = (row.hour ?? 0) * SECONDS_PER_HOUR;
    const earlier = newest && { serviceName, newest, knownFrom, checkpoint, ownGapSeconds };
    return [{ ...own, checkpoint, earlier }];
  });
}

/** Keeps those whose claim is left; returns how many. */
export async function keepCheckpoints(
  client: ClientBase,
  bucket: number,
  made: readonly MadeCheckpoint[],
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'keep checkpoints',
    text: `
      update services
      set checkpoint_hour = made.hour, checkpoint_gap = made.gap, checkpoint_state = made.state,
          checkpoint_start = made.start_second, checkpoint_end = made.end_second, checkpoint_claim = null
      from unnest($2::text[], $3::int4[], $4::int4[], $5::text[], $6::int8[], $7::int8[])
        as made (service_name, hour, gap, state, start_second, end_second)
      where services.bucket = $1 and services.service_name = made.service_name and checkpoint_claim = made.hour`,
    values: [
      bucket,
      ...columnsOf(made),
      made.map(({ gapSeconds }) => gapSeconds),
      made.map(({ interval }) => interval?.state),
      made.map(({ interval }) => interval?.start),
      made.map(({ interval }) => interval?.end),
    ],
  });
  return rowCount ?? 0;
}

function columnsOf(
  due: readonly Pick<Due, 'serviceName' | 'hour'>[],
): [serviceNames: string[], hours: number[]] {
  return [due.map(({ serviceName }) => serviceName), due.map(({ hour }) => hour)];
}
