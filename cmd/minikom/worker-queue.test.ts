import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

import { expect } from 'chai';

import { WorkerRegistry } from '../../internal/shards/figures.ts';
import { NO_WORKER, WorkerPool } from '../../internal/shards/workers.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';

const TIMEOUT_MS = 1000;

describe('batches that wait for a thread while the database does not answer', () => {
  let silent: Server;
  let workers: WorkerPool;
  const registry = new WorkerRegistry();

  before(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    workers = new WorkerPool({
      shardId: 0,
      workerFile: new URL('worker.js', import.meta.url),
      setup: {
        applicationName: 'waits',
        connectionString: `postgres://nobody@127.0.0.1:${port}/none`,
        connectTimeoutMs: 60_000,
        statementTimeoutMs: 60_000,
      },
      maxWorkers: 1,
      idleTimeoutMs: 60_000,
      registry,
      logger: createLogger('silent'),
    });
    // Its thread runs before anything is in a hurry.
    await workers.flush({ sink: 'none', columns: {}, timeoutMs: 60_000 });
  });

  after(async () => {
    await workers.stop();
    silent.close();
  });

  it('are given up on in time, by the thread itself: it is not taken for one that hangs', async () => {
    const before = registry.all().length;
    const batches = Array.from({ length: 3 }, () =>
      workers.flush({ sink: 'reports', columns: { texts: [], rows: [] }, timeoutMs: TIMEOUT_MS }),
    );
    const results = await Promise.all(batches);
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['failed', 'failed', 'failed']);
    expect(results.map(({ workerId }) => workerId)).not.to.include(NO_WORKER);
    expect(registry.all()).to.have.length(before);
    expect(workers.liveWorkers).to.equal(1);
  });
});
