import type { ClientBase } from 'pg';

import type { Sink } from '../shards/worker.ts';
import { recordBatches, type RecordBatch } from './columns.ts';

/** Adds the batch's records to those already stored: set union, so that writing a batch twice changes nothing. */
export const recordSink: Sink<RecordBatch> = {
  name: recordBatches.sink,
  singleStatement: true,
  async write(client: ClientBase, { parts }: RecordBatch): Promise<void> {
    await client.query({
      name: 'add records',
      text: addRecords,
      values: [
        parts.flatMap(({ components }) => components),
        parts.flatMap(({ environments }) => environments),
        parts.flatMap(({ states }) => states),
        parts.flatMap(({ seconds }) => seconds),
        parts.flatMap(({ nanoseconds }) => nanoseconds),
      ],
    });
  },
};

// Only records that are new can change what is current: whoever stored the others has seen to that in the same
// transaction, and `do nothing` waits for one that is still under way. So sending again locks nothing but keys.
//
// Each table is locked in the order of its key, and current_records only once all of `added` is there, as it is
// sorted first: so two flushes cannot wait for each other.
const addRecords = `
  with added as (
    insert into deployment_records (component, second, nanosecond, environment, state)
    select component, second, nanosecond, environment, state
    from unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int4[])
      as sent (component, environment, state, second, nanosecond)
    order by component collate "C", second, nanosecond, environment collate "C", state collate "C"
    on conflict (component, second, nanosecond, environment, state) do nothing
    returning component, environment, state, second, nanosecond
  )
  insert into current_records as known (component, environment, second, nanosecond, state)
  select distinct on (component, environment) component, environment, second, nanosecond, state
  from added
  order by component, environment, second desc, nanosecond desc, state desc
  on conflict (component, environment) do update
    set second = excluded.second, nanosecond = excluded.nanosecond, state = excluded.state
    where (known.second, known.nanosecond, known.state)
      < (excluded.second, excluded.nanosecond, excluded.state)`;
