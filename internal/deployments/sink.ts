import type { ClientBase } from 'pg';

import type { Sink } from '../shards/worker.ts';
import { recordBatches, type RecordBatch } from './columns.ts';

/** Adds the batch's records to those already stored: set union, so that writing a batch twice changes nothing. */
export const recordSink: Sink<RecordBatch> = {
  name: recordBatches.sink,
  singleStatement: true,
  async write(client: ClientBase, { parts }: RecordBatch): Promise<void> {
    const values = [
      parts.flatMap(({ components }) => components),
      parts.flatMap(({ environments }) => environments),
      parts.flatMap(({ states }) => states),
      parts.flatMap(({ seconds }) => seconds),
      parts.flatMap(({ nanoseconds }) => nanoseconds),
    ];
    const detailed = parts.flatMap((part) => part.detailed);
    if (detailed.length === 0) {
      await client.query({ name: 'add records', text: `with ${addRecords}`, values });
      return;
    }
    await client.query({
      name: 'add records with details',
      text: `with ${addDetails}, ${addRecords}`,
      values: [
        ...values,
        detailed.map(({ component }) => component),
        detailed.map(({ environment }) => environment),
        detailed.map(({ state }) => state),
        detailed.map(({ second }) => second),
        detailed.map(({ nanosecond }) => nanosecond),
        detailed.map(({ version }) => version),
        detailed.map(({ by }) => by),
        detailed.map(({ url }) => url),
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
  added as (
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

// Of what is said of one record by several, in one batch or not, the greater counts: so they are a set, too.
const addDetails = `
  detailed as (
    insert into record_details as known (component, second, nanosecond, environment, state, version, made_by, url)
    select component, second, nanosecond, environment, state,
      max(version collate "C"), max(made_by collate "C"), max(url collate "C")
    from unnest($6::text[], $7::text[], $8::text[], $9::int8[], $10::int4[], $11::text[], $12::text[], $13::text[])
      as sent (component, environment, state, second, nanosecond, version, made_by, url)
    group by component, second, nanosecond, environment, state
    order by component collate "C", second, nanosecond, environment collate "C", state collate "C"
    on conflict (component, second, nanosecond, environment, state) do update
      set version = greatest(known.version, excluded.version),
          made_by = greatest(known.made_by, excluded.made_by),
          url = greatest(known.url, excluded.url)
      where (known.version, known.made_by, known.url) is distinct from
        (greatest(known.version, excluded.version), greatest(known.made_by, excluded.made_by),
         greatest(known.url, excluded.url))
  )`;
