import type { ClientBase } from 'pg';

import { deleteInSteps, type Archived } from '../database/transaction.ts';

const COMPONENTS_AT_ONCE = 1000;

/**
 * Deletes the records before `cutoffSecond`, but never the newest of a component in an environment: what is deployed where
 * stays known. Goes from component to component, in steps of at most `limit` records. Returns how many it deleted.
 */
export async function deleteOldRecords(
  client: ClientBase,
  cutoffSecond: number,
  limit: number,
  archived?: Archived,
): Promise<number> {
  let deleted = 0;
  for (let after: string | undefined = ''; after !== undefined;) {
    const { rows }: { rows: { component: string }[] } = await client.query<{ component: string }>({
      name: 'components',
      text: `
        select component from current_records
        where component > $1 group by component order by component limit $2`,
      values: [after, COMPONENTS_AT_ONCE],
    });
    for (const { component } of rows) {
      deleted += await deleteInSteps(
        client,
        limit,
        { name: 'delete old records', text: deleteSomeRecords, values: [component, cutoffSecond, limit] },
        archived,
      );
    }
    after = rows.at(-1)?.component;
  }
  return deleted;
}

const deleteSomeRecords = `
  delete from deployment_records
  where component = $1 and (second, nanosecond, environment, state) in (
    select second, nanosecond, environment, state
    from deployment_records as old
    where component = $1 and second < $2 and not exists (
      select from current_records as newest
      where newest.component = $1 and newest.environment = old.environment
        and newest.second = old.second and newest.nanosecond = old.nanosecond and newest.state = old.state)
    order by second, nanosecond, environment, state
    limit $3
  )`;
