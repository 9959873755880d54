import type { ClientBase } from 'pg';

import { deleteInSteps, deleteTold, type Archived } from '../database/transaction.ts';

const COMPONENTS_AT_ONCE = 1000;

/**
 * Deletes the records before `cutoffSecond`, but never the newest of a component in an environment: what is deployed where
 * stays known. What a record said beside its four values goes with it, into the same line of the archive. Goes from component to
 * component, in steps of at most `limit` records. Returns how many records it deleted.
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
      const values = [component, cutoffSecond, limit];
      const records = { name: 'delete old records', text: deleteSomeRecords, values };
      deleted += await deleteInSteps(client, limit, records, archived, deleteTold);
      const details = { name: 'delete left details', text: deleteLeftDetails, values };
      await deleteInSteps(client, limit, details, archived, deleteTold);
    }
    after = rows.at(-1)?.component;
  }
  return deleted;
}

const KEY = 'component, second, nanosecond, environment, state';

// The details are told as they were deleted: a cluster runs one part after the other.
const deleteSomeRecords = `
  with deleted as (
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
    )
    returning deployment_records.*
  ), details as (
    delete from record_details
    using deleted
    where record_details.component = $1 and record_details.second = deleted.second
      and record_details.nanosecond = deleted.nanosecond and record_details.environment = deleted.environment
      and record_details.state = deleted.state
    returning record_details.*
  )
  select row_to_json(record)::text as line
  from (select ${KEY}, version, made_by, url from deleted left join details using (${KEY})) as record`;

// Details whose record is not there: said of one that was being deleted, or left by versions that deleted records only.
const deleteLeftDetails = `
  with deleted as (
    delete from record_details
    where component = $1 and (second, nanosecond, environment, state) in (
      select second, nanosecond, environment, state
      from record_details as left_over
      where component = $1 and second < $2 and not exists (
        select from deployment_records as kept
        where kept.component = $1 and kept.second = left_over.second and kept.nanosecond = left_over.nanosecond
          and kept.environment = left_over.environment and kept.state = left_over.state)
      order by second, nanosecond, environment, state
      limit $3
    )
    returning record_details.*
  )
  select row_to_json(deleted)::text as line from deleted`;
