import type { ClientBase } from 'pg';

import { CHECKPOINT_TEXT, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { toObservedHour, type ObservedHour } from './queries.ts';
import type { Interval } from './timeline.ts';

/** A service that is to have a checkpoint at `hour`. */
export interface Due {
  readonly serviceName: string;
  readonly hour: number;
}

/** What its checkpoint can be made of. */
export interface LastKnown extends Due {
  readonly checkpoint: Checkpoint | undefined;
  /** Its newest hour before `hour`; undefined if nothing of before is stored. */
  readonly earlier: ObservedHour | undefined;
}

/** A checkpoint to be kept; without an interval: nothing is known of before. */
export interface MadeCheckpoint extends Due {
  readonly interval: Interval | undefined;
}

/** At most `limit` services, by name after `after`, whose checkpoint could be later or was made with another gap. */
export async function dueServices(
  client: ClientBase,
  openHour: number,
  gapSeconds: number,
  after: string,
  limit: number,
): Promise<Due[]> {
  const { rows } = await client.query<{ service_name: string; due_hour: number }>({
    name: 'checkpoints due',
    text: `
      select service_name, least(newest_hour, $1) as due_hour
      from services
      where service_name > $3
        and (checkpoint_hour is null or checkpoint_hour < least(newest_hour, $1) or checkpoint_gap <> $2)
      order by service_name
      limit $4`,
    values: [openHour, gapSeconds, after, limit],
  });
  return rows.map(({ service_name, due_hour }) => ({ serviceName: service_name, hour: due_hour }));
}

/** Claims them; whoever changes an hour before takes the claim away. */
export async function claimCheckpoints(client: ClientBase, due: readonly Due[]): Promise<void> {
  await client.query({
    name: 'claim checkpoints',
    text: `
      update services set checkpoint_claim = due.hour
      from unnest($1::text[], $2::int4[]) as due (service_name, hour)
      where services.service_name = due.service_name`,
    values: columnsOf(due),
  });
}

export async function lastKnownOf(
  client: ClientBase,
  due: readonly Due[],
  gapSeconds: number,
): Promise<LastKnown[]> {
  const { rows } = await client.query<{
    service_name: string;
    due_hour: number;
    checkpoint: string | null;
    hour: number | null;
    deploy: string;
    issue: string;
  }>({
    name: 'last known of',
    text: `
      select service_name, due_hour, ${CHECKPOINT_TEXT} as checkpoint, hour, deploy::text, issue::text
      from unnest($1::text[], $2::int4[]) as due (service_name, due_hour)
      join services using (service_name)
      left join lateral (
        select hour, deploy, issue
        from observations
        where observations.service_name = due.service_name and hour < due_hour
        order by hour desc
        limit 1
      ) as earlier on true`,
    values: columnsOf(due),
  });
  return rows.map(({ service_name, due_hour, checkpoint, hour, deploy, issue }) => ({
    serviceName: service_name,
    hour: due_hour,
    checkpoint: parseCheckpoint(checkpoint, gapSeconds),
    earlier: hour === null ? undefined : toObservedHour({ service_name, hour, deploy, issue }),
  }));
}

/** Keeps those whose claim is left; returns how many. */
export async function keepCheckpoints(
  client: ClientBase,
  made: readonly MadeCheckpoint[],
  gapSeconds: number,
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'keep checkpoints',
    text: `
      update services
      set checkpoint_hour = made.hour, checkpoint_gap = $3, checkpoint_state = made.state,
          checkpoint_start = made.start_second, checkpoint_end = made.end_second, checkpoint_claim = null
      from unnest($1::text[], $2::int4[], $4::text[], $5::int8[], $6::int8[])
        as made (service_name, hour, state, start_second, end_second)
      where services.service_name = made.service_name and checkpoint_claim = made.hour`,
    values: [
      ...columnsOf(made),
      gapSeconds,
      made.map(({ interval }) => interval?.state),
      made.map(({ interval }) => interval?.start),
      made.map(({ interval }) => interval?.end),
    ],
  });
  return rowCount ?? 0;
}

function columnsOf(due: readonly Due[]): [serviceNames: string[], hours: number[]] {
  return [due.map(({ serviceName }) => serviceName), due.map(({ hour }) => hour)];
}
