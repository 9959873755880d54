import { expect } from 'chai';
import fc from 'fast-check';
import type pg from 'pg';

import { createPool } from '../database/pool.ts';
import { flush, type FlushResult } from '../shards/worker.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { currentRecords, END, historyOf, historyOfAll, START } from './queries.ts';
import type { DeploymentRecord } from './record.ts';
import { recordSink } from './sink.ts';
import { arbitraryBatches } from './testing/arbitrary-records.ts';
import { batchOf, useRecordDatabase } from './testing/record-database.ts';
import { modelOf } from './testing/record-model.ts';

const ALL = 100_000;
const everything = { after: START, to: END, environment: undefined };
const at = (second: number, state: string, nanosecond = 0): DeploymentRecord => ({
  component: 'web',
  environment: 'prod',
  state,
  second,
  nanosecond,
});

describe('deployment records in Postgres', () => {
  const database = useRecordDatabase();

  // Inside, so that its connections end before the database is dropped.
  describe('the sink of records', () => {
    let proxy: TcpProxy;
    /** As a worker's, by way of the proxy. */
    let workerPool: pg.Pool;

    before(async () => {
      proxy = await TcpProxy.before(database.connectionString);
      workerPool = createPool({
        connectionString: proxy.url,
        applicationName: 'sink test',
        maxConnections: 6,
        connectTimeoutMs: 5000,
        statementTimeoutMs: 10_000,
        // As in a worker.
        sessionSettings: ['enable_seqscan=off'],
      });
    });

    after(async () => {
      await workerPool.end();
      await proxy.refuse();
    });

    function write(records: readonly DeploymentRecord[]): Promise<FlushResult> {
      const sinks = new Map([[recordSink.name, recordSink]]);
      const pause = () => Promise.resolve();
      const task = { sink: recordSink.name, columns: batchOf(records), timeoutMs: 20_000 };
      return flush(task, { pool: workerPool, sinks, pause });
    }

    const current = () => currentRecords(database.pool, { component: '', environment: '' }, ALL);
    const history = (component = 'web') => historyOf(database.pool, component, everything, ALL);

    async function expectModel(sent: readonly DeploymentRecord[]): Promise<void> {
      const model = modelOf(sent);
      expect(await current()).to.deep.equal(model.current());
      for (const component of model.components) {
        expect(await history(component)).to.deep.equal(model.historyOf(component));
      }
      const span = { from: START, to: END, environment: undefined };
      const all = await historyOfAll(database.pool, { ...START, component: '' }, span, ALL);
      expect(all).to.deep.equal(model.components.flatMap((component) => model.historyOf(component)));
    }

    it('gives the answers of the model in any order, with repetitions, in any batches', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryBatches, async (batches) => {
          await database.empty();
          for (const batch of batches) expect(await write(batch)).to.include({ outcome: 'committed' });
          await expectModel(batches.flat());
        }),
        { numRuns: 60 },
      );
    });

    it('gives the same when the batches are written at the same time', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryBatches, async (batches) => {
          await database.empty();
          const results = await Promise.all(batches.map(write));
          for (const result of results) expect(result).to.include({ outcome: 'committed', attempts: 1 });
          await expectModel(batches.flat());
        }),
        { numRuns: 40 },
      );
    });

    it('lets no older record replace a newer one', async () => {
      await write([at(5, 'newer', 7)]);
      await write([at(5, 'zzz', 6), at(4, 'older')]);
      expect(await current()).to.deep.equal([at(5, 'newer', 7)]);
      expect(await history()).to.have.length(3);
    });

    it('keeps different states of one time, of which the greater one is current', async () => {
      for (const states of [
        ['a', '\ufffd', '\u{1f600}'],
        ['\u{1f600}', 'a', '\ufffd'],
      ]) {
        await database.empty();
        for (const state of states) await write([at(1, state)]);
        expect(await current()).to.deep.equal([at(1, '\u{1f600}')]);
        expect((await history()).map(({ state }) => state)).to.deep.equal(['a', '\ufffd', '\u{1f600}']);
      }
    });

    it('writes nothing when all of a batch is known', async () => {
      const records = [at(1, 'a'), at(2, 'b')];
      await write(records);
      const versions = () =>
        database.pool.query(
          'select xmin, xmax, ctid from current_records union all select xmin, xmax, ctid from deployment_records',
        );
      const before = (await versions()).rows;
      await write(records.toReversed());
      expect((await versions()).rows).to.deep.equal(before);
    });

    it('stores a batch once if the answer to it is lost', async () => {
      const lost = proxy.cutAtAnswerTo('add records');
      const result = await write([at(1, 'a'), at(1, 'a'), at(2, 'b')]);
      await lost;
      expect(result).to.include({ outcome: 'committed', attempts: 2 });
      await expectModel([at(1, 'a'), at(2, 'b')]);
    });

    it('stores all of a batch or nothing', async () => {
      await database.pool.query(
        "alter table current_records add constraint no_b check (state <> 'b') not valid",
      );
      try {
        expect(await write([at(1, 'a'), at(2, 'b')])).to.include({ outcome: 'failed', transient: false });
      } finally {
        await database.pool.query('alter table current_records drop constraint no_b');
      }
      expect(await history()).to.deep.equal([]);
      expect(await current()).to.deep.equal([]);
    });

    it('waits for another that stores the same record, and stores it if that does not', async () => {
      for (const end of ['rollback', 'commit']) {
        await database.empty();
        const earlier = await database.pool.connect();
        await earlier.query('begin');
        await recordSink.write(earlier, batchOf([at(3, 'a')]));
        const later = write([at(3, 'a'), at(2, 'b')]);
        await earlier.query(end);
        earlier.release();
        expect(await later, end).to.include({ outcome: 'committed', attempts: 1 });
        await expectModel([at(2, 'b'), at(3, 'a')]);
      }
    });

    it('takes the same many records in opposite orders at once without a deadlock', async () => {
      const records = Array.from({ length: 3000 }, (_, index) => ({
        ...at(index % 50, 'a'),
        component: `web-${index % 61}`,
        environment: index % 2 === 0 ? 'prod' : 'staging',
      }));
      const writers = Array.from({ length: 12 }, (_, index) =>
        write(index % 2 === 0 ? records : records.toReversed()),
      );
      for (const result of await Promise.all(writers)) {
        expect(result).to.include({ outcome: 'committed', attempts: 1 });
      }
      await expectModel(records);
    });

    it('takes more records than a statement may have parameters', async () => {
      const records = Array.from({ length: 70_000 }, (_, index) => at(index, 'a'));
      expect(await write(records)).to.include({ outcome: 'committed' });
      expect(await current()).to.deep.equal([at(69_999, 'a')]);
    });
  });
});
