import type { ClientBase } from 'pg';

import { archiving, type ArchiveSettings } from '../database/archive.ts';
import { deleteInSteps, inTransaction, type Archived } from '../database/transaction.ts';
import { smallestIdOf } from './batches.ts';
import { KEY_HOURS } from './idempotency.ts';
import { createPartition, dayOf, partitionDays, partitionOf, startOfDay } from './partitions.ts';

const DAY_SECONDS = 86_400;
const ROWS_A_STEP = 5000;
// Beyond the time for which a batch is tried; clocks of replicas may differ.
const BATCH_MARGIN_SECONDS = 3600;
// A key that is found is younger than KEY_HOURS; the request that found it must be over before its parts are gone.
const KEY_MARGIN_HOURS = 25;
// Dropping a table waits for those who read or write it, and everybody else waits behind that.
const LOCK_TIMEOUT_MS = 200;

/** Makes tomorrow's partition ahead of the first flush that needs it. Returns how many it made. */
export async function preparePartition(client: ClientBase, nowSeconds: number): Promise<number> {
  const tomorrow = dayOf(nowSeconds + DAY_SECONDS);
  if ((await partitionDays(client)).includes(tomorrow)) return 0;
  await inTransaction(client, async () => {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await createPartition(client, tomorrow);
  });
  return 1;
}

/**
 * Drops the partitions of days that ended more than `retentionDays` days ago, oldest first, and returns how many.
 * Throws `lock_not_available` after {@link LOCK_TIMEOUT_MS} if one is in use; those before are dropped then.
 */
export async function dropOldPartitions(
  client: ClientBase,
  retentionDays: number,
  nowSeconds: number,
  archive: ArchiveSettings = {},
): Promise<number> {
  const oldestKept = startOfDay(dayOf(nowSeconds)) - retentionDays * DAY_SECONDS;
  const days = (await partitionDays(client)).filter((day) => startOfDay(day) < oldestKept).reverse();
  for (const day of days) {
    const rows = { table: 'payload_events', cutoff: startOfDay(day) + DAY_SECONDS, isWhole: true };
    await archiving(archive, rows, async (archived) => {
      if (archived !== undefined) await archivePartition(client, partitionOf(day), archived);
    });
    await inTransaction(client, async () => {
      await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query(`drop table ${partitionOf(day)}`);
    });
  }
  return days.length;
}

// At once, so that neither we nor PostgreSQL hold a thousand events of 30 MiB; one more may exceed it.
const ARCHIVED_AT_ONCE = { rows: 1000, bytes: 8_388_608 };

/** Nothing comes into the partition of a day that ended long ago, as its day is that of arrival. */
async function archivePartition(client: ClientBase, partition: string, archived: Archived): Promise<void> {
  interface Row {
    readonly line: string;
    readonly at: string;
    readonly event_id: string;
  }
  for (let after: Row | undefined, isAll = false; !isAll;) {
    const { rows }: { rows: Row[] } = await client.query<Row>(
      `select line, event_time::text as at, event_id::text
       from (
         select row_to_json(events)::text as line, event_time, event_id,
           sum(octet_length(data::text)) over (
             order by event_time, event_id rows between unbounded preceding and 1 preceding
           ) as bytes_before
         from (
           select * from ${partition}
           where (event_time, event_id) > ($1::timestamptz, $2::int8)
           order by event_time, event_id
           limit ${ARCHIVED_AT_ONCE.rows}
         ) as events
       ) as measured
       where coalesce(bytes_before, 0) <= ${ARCHIVED_AT_ONCE.bytes}
       order by measured.event_time, measured.event_id`,
      [after?.at ?? '-infinity', after?.event_id ?? '0'],
    );
    await archived.write(rows.map(({ line }) => line));
    after = rows.at(-1);
    isAll = after === undefined;
  }
}

/** Forgets batches that nobody tries any more, as each is tried for `flushTimeoutMs`. Returns how many. */
export function deleteOldBatches(
  client: ClientBase,
  flushTimeoutMs: number,
  nowSeconds: number,
): Promise<number> {
  const oldestKept = smallestIdOf((nowSeconds - BATCH_MARGIN_SECONDS) * 1000 - 2 * flushTimeoutMs);
  return deleteInSteps(client, ROWS_A_STEP, {
    name: 'delete old event batches',
    text: `
      delete from event_batches
      where batch_id in (
        select batch_id from event_batches where batch_id < $1::uuid order by batch_id limit $2
      )`,
    values: [oldestKept, ROWS_A_STEP],
  });
}

/** Forgets idempotency keys that are old enough, and the parts of all that are forgotten. Returns how many keys. */
export async function deleteOldKeys(client: ClientBase): Promise<number> {
  const keys = await deleteInSteps(client, ROWS_A_STEP, {
    name: 'delete old idempotency keys',
    // Numbers grow with time, so the oldest keys are the first ones.
    text: `
      delete from idempotency_keys
      where key_id in (
        select key_id
        from (select key_id, created_at from idempotency_keys order by key_id limit $2) as oldest
        where created_at < now() - make_interval(hours => $1)
      )`,
    values: [KEY_HOURS + KEY_MARGIN_HOURS, ROWS_A_STEP],
  });
  await deleteInSteps(client, ROWS_A_STEP, {
    name: 'delete old idempotency parts',
    // All parts if there is no key.
    text: `
      delete from idempotency_parts
      where (key_id, part) in (
        select key_id, part
        from idempotency_parts
        where key_id < coalesce((select min(key_id) from idempotency_keys), 9223372036854775807)
        order by key_id, part
        limit $1
      )`,
    values: [ROWS_A_STEP],
  });
  return keys;
}
