import { expect } from 'chai';

import { Shards } from '../../shards/shards.ts';
import { UnavailableError } from '../../shards/unavailable.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { useDatabase } from '../../testing/use-database.ts';
import { settleAll } from '../../testing/services-database.ts';
import { newestIntervals } from '../testing/stored-history.ts';
import { reportTaker } from './batches.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const REPORT = { serviceName: 'web', state: 'issue', second: 1_700_000_000 } as const;

describe('taking a report', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));
  let shards: Shards;

  beforeEach(() => {
    shards = new Shards({
      workers: [1, 1],
      workerIdleTimeoutMs: 60_000,
      maxQueuedEvents: 10,
      limits: { batchSize: 10, flushIntervalMs: 2, flushTimeoutMs: CONNECT_TIMEOUT_MS },
      workerFile: new URL('../../../cmd/minikom/worker.js', import.meta.url),
      connectionString: database.connectionString,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      logger: createLogger('silent'),
    });
  });

  afterEach(() => shards.stop(1000));

  it('has it committed and counted when it resolves', async () => {
    await reportTaker(shards)(REPORT);
    await settleAll(database.pool);
    const [interval] = await newestIntervals(database.pool, 'web', 1, 2);
    expect(interval).to.deep.include({ state: 'issue', start: REPORT.second, end: REPORT.second + 1 });
    expect(shards.workers.all().reduce((sum, { events }) => sum + events, 0)).to.equal(1);
  });

  it('rejects if it cannot be taken', async () => {
    await shards.stop(1000);
    const refused: unknown = await reportTaker(shards)(REPORT).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(UnavailableError);
  });
});
