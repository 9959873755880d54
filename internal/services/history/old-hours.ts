import type { ClientBase } from 'pg';

import { inTransaction, type Archived } from '../../database/transaction.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import { BUCKETS } from './hours.ts';

/** Services looked at by one statement. */
const SERVICES_A_STEP = 1000;

/** The first hour that is kept if reports are kept for `retentionDays` days. */
export function oldestKeptHour(retentionDays: number, nowSeconds: number): number {
  return Math.floor((nowSeconds - retentionDays * 86_400) / SECONDS_PER_HOUR);
}

/**
 * Deletes the hours before `cutoffHour`, but never a service's newest one: every service ever reported keeps a state.
 * Goes from service to service, in statements that delete at most `limit` rows each and wait for nobody: a row that
 * a flush is writing is left for the next time. Returns how many it deleted.
 */
export async function deleteOldHours(
  client: ClientBase,
  cutoffHour: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  let deletedInAll = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const values = [cutoffHour, limit, after, SERVICES_A_STEP, bucket];
      const step: DeletedStep =
        archived === undefined
          ? await deleteStep(client, values, false)
          : await inTransaction(client, async () => {
              const archivedStep = await deleteStep(client, values, true);
              await archived.write(archivedStep.lines ?? []);
              return archivedStep;
            });
      const { last_service, deleted } = step;
      deletedInAll += deleted;
      // As many as allowed: there may be more of the same services.
      if (deleted < limit) after = last_service ?? undefined;
    }
  }
  return deletedInAll;
}

interface DeletedStep {
  /** The last service that was looked at; null if there was none. */
  readonly last_service: string | null;
  readonly deleted: number;
  readonly lines: readonly string[] | null;
}

async function deleteStep(
  client: ClientBase,
  values: readonly unknown[],
  isArchived: boolean,
): Promise<DeletedStep> {
  const { rows } = await client.query<DeletedStep>(deleteSomeOldHours(isArchived), [...values]);
  return rows[0] ?? { last_service: null, deleted: 0, lines: null };
}

const deleteSomeOldHours = (isArchived: boolean) => `
  with chosen as materialized (
    select service_name, newest_hour
    from services
    where bucket = $5 and service_name > $3 and newest_hour is not null
    order by service_name
    limit $4
  ), old as materialized (
    select service_name, hour
    from chosen
    cross join lateral (
      select hour
      from observations
      where observations.bucket = $5 and observations.service_name = chosen.service_name and hour < least($1, chosen.newest_hour)
      order by hour
      limit $2
      for update skip locked
    ) as hours
    limit $2
  ), deleted as (
    delete from observations
    using old
    where observations.bucket = $5 and observations.service_name = old.service_name and observations.hour = old.hour
    returning ${isArchived ? 'observations.*' : '1'}
  )
  select (select max(service_name) from chosen) as last_service, (select count(*)::int4 from deleted) as deleted,
    ${isArchived ? '(select array_agg(row_to_json(deleted)::text) from deleted)' : 'null::text[]'} as lines`;
