import { expect } from 'chai';
import type pg from 'pg';

import { createPool } from '../database/pool.ts';
import { flush, type FlushResult } from '../shards/worker.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { timeOrderedId } from './batches.ts';
import type { EventColumns } from './batches.ts';
import { partitionDays } from './partitions.ts';
import { eventSink } from './sink.ts';
import { batchOf, repeatable, useEventDatabase } from './testing/event-database.ts';

const DAY = '20231114';

describe('payload events in Postgres', () => {
  const events = useEventDatabase();

  // Inside, so that its connections end before the database is dropped.
  describe('the sink of payload events', () => {
    let proxy: TcpProxy;
    /** As a worker's, by way of the proxy. */
    let workerPool: pg.Pool;

    before(async () => {
      proxy = await TcpProxy.before(events.connectionString);
      const settings = { applicationName: 'sink test', connectTimeoutMs: 5000, statementTimeoutMs: 5000 };
      workerPool = createPool({ connectionString: proxy.url, maxConnections: 6, ...settings });
    });

    after(async () => {
      await workerPool.end();
      await proxy.refuse();
    });

    function write(columns: EventColumns, timeoutMs = 20_000): Promise<FlushResult> {
      const sinks = new Map([[eventSink.name, eventSink]]);
      const pause = () => Promise.resolve();
      return flush({ sink: eventSink.name, columns, timeoutMs }, { pool: workerPool, sinks, pause });
    }

    it('stores events with their day, time and data', async () => {
      await write(batchOf(DAY, [1, 'two'], [{ three: [] }]));
      const { rows } = await events.pool.query(`
      select received_day::text, extract(epoch from event_time)::int as seconds, data::text,
        substring(tableoid::regclass::text from '^payload_events_[0-9]{8}') as tableoid
      from payload_events order by event_id`);
      const common = { received_day: '2023-11-14', seconds: 1, tableoid: 'payload_events_20231114' };
      expect(rows).to.deep.equal(['1', '"two"', '{"three":[]}'].map((data) => ({ ...common, data })));
    });

    it('keeps data that Postgres could not turn into text, deep data, and none', async () => {
      const data = [
        '"\\u0000"',
        '"\\ud800"',
        '{"a":1,"a":12345678901234567890}',
        '['.repeat(990) + ']'.repeat(990),
      ];
      const columns = batchOf(DAY, []);
      columns.parts.push(...batchOf(DAY, [null]).parts);
      const { parseGood } = await import('./testing/parse-text.ts');
      const text = `[${data.map((json) => `{"timestamp":1,"data":${json}}`).join(',')},{"timestamp":1}]`;
      columns.parts.push(...parseGood(text).parts);
      expect(await write(columns)).to.include({ outcome: 'committed' });
      const { rows } = await events.pool.query<{ data: string | null }>(
        'select data::text from payload_events order by event_id',
      );
      expect(rows.map((row) => row.data)).to.deep.equal(['null', ...data, null]);
    });

    it('stores a batch once, however often it is tried', async () => {
      const batch = batchOf(DAY, [1, 2], [3]);
      for (let tries = 0; tries < 3; tries++) expect(await write(batch)).to.include({ outcome: 'committed' });
      expect(await events.storedData()).to.deep.equal(['1', '2', '3']);
    });

    it('stores a batch once if the answer to its COMMIT is lost', async () => {
      const lost = proxy.cutAtAnswerTo('commit');
      const result = await write(batchOf(DAY, [1, 2]));
      await lost;
      expect(result).to.include({ outcome: 'committed', attempts: 2 });
      expect(await events.storedData()).to.deep.equal(['1', '2']);
    });

    it('stores a batch once if the connection is lost within its COPY', async () => {
      await write(batchOf(DAY, [0]));
      const lost = proxy.cutAtAnswerTo('copy payload_events');
      const result = await write(batchOf(DAY, [1, 2]));
      await lost;
      expect(result).to.include({ outcome: 'committed', attempts: 2 });
      expect(await events.storedData()).to.deep.equal(['0', '1', '2']);
    });

    it('waits for an earlier try of the batch that is still going on, and does what that did not', async () => {
      const batch = batchOf(DAY, [1]);
      for (const end of ['rollback', 'commit']) {
        const earlier = await events.pool.connect();
        await earlier.query('begin');
        await eventSink.write(earlier, batch);
        const later = write(batch);
        await earlier.query(end);
        earlier.release();
        expect(await later).to.include({ outcome: 'committed', attempts: 1 });
        expect(await events.storedData(), end).to.deep.equal(['1']);
      }
    });

    it('makes the partition of a day once, when many need it at once', async () => {
      const days = ['20231114', '20231115', '20231116'];
      const batches = Array.from({ length: 18 }, (_, index) => batchOf(days[index % 3] ?? '', [index]));
      const results = await Promise.all(batches.map((batch) => write(batch)));
      for (const result of results) expect(result).to.include({ outcome: 'committed', attempts: 1 });
      expect(await events.storedData()).to.have.length(18);
      expect(await events.withClient(partitionDays)).to.deep.equal(days.toReversed());
    });

    it('makes a partition while others are read and written', async () => {
      await write(batchOf(DAY, [1]));
      await events.inTransaction(async (reader) => {
        await reader.query('select count(*) from payload_events');
        await eventSink.write(reader, batchOf(DAY, [2]));
        expect(await write(batchOf('20231115', [3]), 3000)).to.include({ outcome: 'committed', attempts: 1 });
      });
      expect(await events.storedData()).to.deep.equal(['1', '2', '3']);
    });

    it('leaves out the parts of a repeated request that are stored', async () => {
      const request = repeatable('7', batchOf(DAY, [1], [2], [3]));
      await write({ ...request, parts: request.parts.slice(1, 2) });
      await write({ ...request, batchId: timeOrderedId(0) });
      await write({ ...request, batchId: timeOrderedId(0) });
      await write(repeatable('8', batchOf(DAY, [1])));
      expect(await events.storedData()).to.deep.equal(['1', '1', '2', '3']);
    });

    it('stores a part once that is twice in a batch, beside others', async () => {
      const request = repeatable('7', batchOf(DAY, [1], [2]));
      const parts = [...request.parts, ...batchOf(DAY, [3]).parts, ...request.parts];
      await write({ ...request, parts });
      expect(await events.storedData()).to.deep.equal(['1', '2', '3']);
    });

    it('stores each part once when repeats of a request are written at the same time', async () => {
      const request = repeatable('7', batchOf(DAY, ...Array.from({ length: 20 }, (_, index) => [index])));
      const repeats = Array.from({ length: 12 }, (_, index) => ({
        ...request,
        batchId: timeOrderedId(0),
        parts: index % 2 === 0 ? request.parts : request.parts.toReversed(),
      }));
      const results = await Promise.all(repeats.map((repeat) => write(repeat)));
      for (const result of results) expect(result).to.include({ outcome: 'committed', attempts: 1 });
      expect(await events.storedData()).to.have.length(20);
    });
  });
});
