import type { ClientBase } from 'pg';

import { copyRows } from '../database/copy.ts';
import { inOrder } from '../database/pipeline.ts';
import type { Sink } from '../shards/worker.ts';
import { buffersOf, EVENT_SINK, type EventColumns, type QueuedPart } from './batches.ts';
import { createPartition, partitionOf } from './partitions.ts';

/**
 * Stores the batch's payload events, each exactly once: a batch that is tried again after a COMMIT whose answer got
 * lost finds its id and does nothing; of requests that are sent again, it leaves out the parts that are stored.
 */
export const eventSink: Sink<EventColumns> = {
  name: EVENT_SINK,
  buffersOf,
  singleStatement: false,
  async write(client, { batchId, receivedDay, parts }, thenCommit = (last) => last) {
    const partition = partitionOf(receivedDay);
    // The first waits for the end of an earlier try that still goes on. If the batch is stored, so are its parts.
    const [isNew, hasPartition, fresh] = await inOrder(
      client,
      () => beginBatch(client, batchId),
      () => placeBatch(client, batchId, partition),
      () => takeNew(client, parts),
    );
    if (!isNew || fresh.length === 0) return;
    // Last, so that who waits for its lock holds nothing that others in the queue want.
    if (!hasPartition) await createPartition(client, receivedDay);
    // Into the partition itself, which knows its day: that is neither sent nor looked up for each row.
    const rows = fresh.map((part) => part.rows);
    await thenCommit(
      copyRows(client, `copy ${partition} (event_time, data) from stdin (format binary)`, rows),
    );
  },
};

/** Whether the batch was never stored. */
async function beginBatch(client: ClientBase, batchId: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'begin event batch',
    text: 'insert into event_batches (batch_id) values ($1::uuid) on conflict (batch_id) do nothing',
    values: [batchId],
  });
  return rowCount !== 0;
}

/** Says where the batch's events go, and whether the partition is there. */
async function placeBatch(client: ClientBase, batchId: string, partition: string): Promise<boolean> {
  // On a cluster events lie where the id of their batch does, which their table takes from here: a flush is on one server.
  const { rows } = await client.query<{ has_partition: boolean }>({
    name: 'place event batch',
    text: `
      select set_config('minikom.batch', $1::text, true), to_regclass($2) is not null as has_partition`,
    values: [batchId, partition],
  });
  return rows[0]?.has_partition === true;
}

/** The parts that are not stored yet; those with a key are marked as stored. */
async function takeNew(client: ClientBase, parts: readonly QueuedPart[]): Promise<readonly QueuedPart[]> {
  // The same part may be there twice, when a caller did not wait for the answer.
  const repeatable = new Map<string, QueuedPart>();
  for (const part of parts) {
    if (part.repeatable) repeatable.set(`${part.repeatable.keyId} ${part.repeatable.part}`, part);
  }
  if (repeatable.size === 0) return parts;
  const keys = [...repeatable.values()].flatMap((part) => part.repeatable ?? []);
  const { rows } = await client.query<{ key_id: string; part: number }>({
    name: 'take event parts',
    // In order, so that flushes with the same parts cannot wait for each other.
    text: `
      insert into idempotency_parts (key_id, part)
      select key_id, part from unnest($1::int8[], $2::int4[]) as parts (key_id, part) order by key_id, part
      on conflict (key_id, part) do nothing
      returning key_id, part`,
    values: [keys.map(({ keyId }) => keyId), keys.map(({ part }) => part)],
  });
  const taken = rows.flatMap(({ key_id, part }) => repeatable.get(`${key_id} ${part}`) ?? []);
  return [...parts.filter((part) => part.repeatable === undefined), ...taken];
}
