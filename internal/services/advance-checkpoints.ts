import type { ClientBase } from 'pg';

import { inTransaction } from '../database/transaction.ts';
import { lockCheckpoints } from './checkpoint-lock.ts';
import { CHECKPOINT_TEXT, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { byName, lookBack } from './newest-interval.ts';
import { toObservedHour, type ObservedHour } from './queries.ts';
import type { Interval } from './timeline.ts';

/** From an hour's end until it is taken for complete: what comes later than that costs its service the checkpoint. */
const LATE_SECONDS = 60;
// Settling waits while checkpoints are made: for this long at a time.
const STEP_MS = 50;
const FEWEST_SERVICES = 10;
const MOST_SERVICES = 1000;

/** The first hour that reports may still come for, `maxDelaySeconds` late and a little more. */
export function firstOpenHour(nowSeconds: number, maxDelaySeconds: number): number {
  return Math.floor((nowSeconds - maxDelaySeconds - LATE_SECONDS) / SECONDS_PER_HOUR);
}

/**
 * Gives each service a checkpoint as late as can be: at its newest hour, or at `openHour` if that is earlier. Goes from
 * service to service in small steps. Returns how many it made.
 */
export async function advanceCheckpoints(
  client: ClientBase,
  openHour: number,
  gapSeconds: number,
): Promise<number> {
  let made = 0;
  let services = FEWEST_SERVICES;
  for (let after = ''; ;) {
    const startedAtMs = performance.now();
    const due = await inTransaction(client, () => advanceSome(client, openHour, gapSeconds, after, services));
    made += due.length;
    const last = due.at(-1);
    if (last === undefined || due.length < services) return made;
    after = last.serviceName;
    services = nextStep(services, performance.now() - startedAtMs);
  }
}

/** How many services to do next, after so many took so long. */
export function nextStep(services: number, durationMs: number): number {
  const fitting = Math.round((services * STEP_MS) / Math.max(durationMs, 1));
  return Math.min(Math.max(FEWEST_SERVICES, Math.min(fitting, 2 * services)), MOST_SERVICES);
}

/** A service that is to have a checkpoint at `hour`. */
interface Due {
  readonly serviceName: string;
  readonly hour: number;
  readonly checkpoint: Checkpoint | undefined;
  /** Its newest hour before that; undefined if nothing of before is stored. */
  readonly earlier: ObservedHour | undefined;
}

async function advanceSome(
  client: ClientBase,
  openHour: number,
  gapSeconds: number,
  after: string,
  limit: number,
): Promise<Due[]> {
  await lockCheckpoints(client);
  const due = await dueAfter(client, openHour, gapSeconds, after, limit);
  const changed = due.flatMap(({ earlier, checkpoint }) =>
    earlier === undefined || earlier.hour < (checkpoint?.hour ?? 0) ? [] : [{ ...earlier, checkpoint }],
  );
  const intervals = byName(await lookBack(client, changed, gapSeconds));
  const made = due.map(({ serviceName, checkpoint }) => intervals.get(serviceName) ?? checkpoint?.interval);
  await store(client, due, made, gapSeconds);
  return due;
}

interface Row {
  readonly service_name: string;
  readonly due_hour: number;
  readonly checkpoint: string | null;
  readonly hour: number | null;
  readonly deploy: string;
  readonly issue: string;
}

async function dueAfter(
  client: ClientBase,
  openHour: number,
  gapSeconds: number,
  after: string,
  limit: number,
): Promise<Due[]> {
  const { rows } = await client.query<Row>({
    name: 'checkpoints due',
    text: dueServices,
    values: [openHour, gapSeconds, after, limit],
  });
  return rows.map(({ service_name, due_hour, checkpoint, hour, deploy, issue }) => ({
    serviceName: service_name,
    hour: due_hour,
    checkpoint: parseCheckpoint(checkpoint, gapSeconds),
    earlier: hour === null ? undefined : toObservedHour({ service_name, hour, deploy, issue }),
  }));
}

const dueServices = `
  select due.service_name, due_hour, checkpoint, hour, deploy::text, issue::text
  from (
    select service_name, least(newest_hour, $1) as due_hour, ${CHECKPOINT_TEXT} as checkpoint
    from services
    where service_name > $3
      and (checkpoint_hour is null or checkpoint_hour < least(newest_hour, $1) or checkpoint_gap <> $2)
    order by service_name
    limit $4
  ) as due
  left join lateral (
    select hour, deploy, issue
    from observations
    where observations.service_name = due.service_name and hour < due_hour
    order by hour desc
    limit 1
  ) as earlier on true
  order by due.service_name`;

async function store(
  client: ClientBase,
  due: readonly Due[],
  intervals: readonly (Interval | undefined)[],
  gapSeconds: number,
): Promise<void> {
  await client.query({
    name: 'store checkpoints',
    text: storeCheckpoints,
    values: [
      due.map(({ serviceName }) => serviceName),
      due.map(({ hour }) => hour),
      gapSeconds,
      intervals.map((interval) => interval?.state),
      intervals.map((interval) => interval?.start),
      intervals.map((interval) => interval?.end),
    ],
  });
}

const storeCheckpoints = `
  update services
  set checkpoint_hour = made.hour, checkpoint_gap = $3,
      checkpoint_state = made.state, checkpoint_start = made.start_second, checkpoint_end = made.end_second
  from unnest($1::text[], $2::int4[], $4::text[], $5::int8[], $6::int8[])
    as made (service_name, hour, state, start_second, end_second)
  where services.service_name = made.service_name`;
