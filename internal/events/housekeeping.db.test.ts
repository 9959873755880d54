import { expect } from 'chai';

import { timeOrderedId } from './batches.ts';
import { deleteOldBatches, deleteOldKeys, dropOldPartitions, preparePartition } from './housekeeping.ts';
import { Keys } from './idempotency.ts';
import { partitionDays, startOfDay } from './partitions.ts';
import { eventSink } from './sink.ts';
import { batchOf, repeatable, useEventDatabase } from './testing/event-database.ts';

describe('housekeeping of payload events', () => {
  const events = useEventDatabase();
  const store = (day: string, data: unknown) =>
    events.inTransaction((client) => eventSink.write(client, batchOf(day, [data])));
  const noon = startOfDay('20231114') + 43_200;

  it('drops whole days, older than the days that are kept', async () => {
    for (const day of ['20231110', '20231111', '20231112', '20231114']) await store(day, day);
    expect(await events.withClient((client) => dropOldPartitions(client, 2, noon))).to.equal(2);
    expect(await events.withClient(partitionDays)).to.deep.equal(['20231114', '20231112']);
    expect(await events.withClient((client) => dropOldPartitions(client, 2, noon))).to.equal(0);
  });

  it('does not wait for who reads what is to be dropped, and hardly holds others up', async () => {
    await store('20231110', 1);
    await events.inTransaction(async (reader) => {
      await reader.query('select * from payload_events');
      const startedAtMs = performance.now();
      const [dropped] = await Promise.allSettled([
        events.withClient((client) => dropOldPartitions(client, 2, noon)),
        store('20231114', 2),
        store('20231115', 3),
      ]);
      expect(dropped).to.have.property('status', 'rejected');
      expect(dropped).to.have.nested.property('reason.code', '55P03');
      expect(performance.now() - startedAtMs).to.be.below(3000);
    });
    expect(await events.storedData()).to.deep.equal(['1', '2', '3']);
    expect(await events.withClient((client) => dropOldPartitions(client, 2, noon))).to.equal(1);
    expect(await events.storedData()).to.deep.equal(['2', '3']);
  });

  it("makes tomorrow's partition, once", async () => {
    await store('20231114', 1);
    const prepare = () => events.withClient((client) => preparePartition(client, noon));
    expect([await prepare(), await prepare()]).to.deep.equal([1, 0]);
    expect(await events.withClient(partitionDays)).to.deep.equal(['20231115', '20231114']);
    await store('20231115', 2);
    expect(await events.storedData()).to.deep.equal(['1', '2']);
  });

  it('forgets batches that nobody tries any more', async () => {
    const ids = [0, 3600, 3611, 3650].map((age) => timeOrderedId((noon - age) * 1000));
    for (const id of ids) await events.pool.query('insert into event_batches values ($1)', [id]);
    expect(await events.withClient((client) => deleteOldBatches(client, 5000, noon))).to.equal(2);
    const { rows } = await events.pool.query<{ batch_id: string }>('select batch_id from event_batches');
    expect(rows.map(({ batch_id }) => batch_id)).to.have.members(ids.slice(0, 2));
  });

  it('forgets old keys with their parts, and keeps the others', async () => {
    const taking = new Keys(events.pool, { isCluster: false });
    const take = (key: string) =>
      taking.take({ key, bodyHash: Buffer.alloc(32), partSize: 1, deadlineMs: Infinity });
    const keys = [];
    for (const key of ['old', 'retaken', 'new']) {
      const { keyId } = await take(key);
      await events.inTransaction((client) =>
        eventSink.write(client, repeatable(keyId, batchOf('20231114', [1], [2]))),
      );
      keys.push(keyId);
    }
    await events.pool.query(
      `update idempotency_keys set created_at = now() - interval '50 hours' where idempotency_key <> 'new'`,
    );
    await take('retaken');
    expect(await events.withClient(deleteOldKeys)).to.equal(1);
    const left = await events.pool.query<{ idempotency_key: string }>(
      'select idempotency_key from idempotency_keys',
    );
    expect(left.rows.map((row) => row.idempotency_key)).to.have.members(['retaken', 'new']);
    const parts = await events.pool.query<{ key_id: string }>(
      'select distinct key_id from idempotency_parts',
    );
    expect(parts.rows.map((row) => row.key_id)).to.deep.equal(keys.slice(2));
  });

  it('deletes any number of rows, step by step', async () => {
    await events.pool.query(`
      insert into idempotency_keys (idempotency_key, body_hash, part_size, created_at)
      select n::text, decode(repeat('00', 32), 'hex'), 1, now() - interval '50 hours' from generate_series(1, 12000) as n`);
    await events.pool.query('insert into idempotency_parts select key_id, 0 from idempotency_keys');
    expect(await events.withClient(deleteOldKeys)).to.equal(12_000);
    const { rows } = await events.pool.query('select * from idempotency_parts');
    expect(rows).to.deep.equal([]);
  });
});
