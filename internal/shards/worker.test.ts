import { expect } from 'chai';
import pg from 'pg';

import { flush, MAX_ATTEMPTS } from './worker.ts';
import { FakePool, never, sinkOf } from './testing/fake-pool.ts';

const timeoutMs = 60_000;

describe('a flush', () => {
  it('answers after one try that went well, and gives its connection back', async () => {
    const pool = new FakePool();
    const result = await flush(sinkOf(pool, 'committed').task(timeoutMs), pool.context);
    expect(result).to.include({ outcome: 'committed', attempts: 1 });
    expect(pool.releases).to.deep.equal(['kept']);
  });

  it('tries again after a transient error, on another connection each time', async () => {
    const pool = new FakePool();
    const deadlock = databaseError('40P01');
    const result = await flush(sinkOf(pool, deadlock, deadlock, 'committed').task(timeoutMs), pool.context);
    expect(result).to.include({ outcome: 'committed', attempts: 3 });
    expect(pool.releases).to.deep.equal(['closed', 'closed', 'kept']);
  });

  it(`gives up after ${MAX_ATTEMPTS} tries, with pauses that double, more or less`, async () => {
    const pool = new FakePool();
    const result = await flush(sinkOf(pool, databaseError('53300')).task(timeoutMs), pool.context);
    expect(result).to.deep.include({ outcome: 'failed', attempts: MAX_ATTEMPTS, transient: true });
    expect(pool.writes).to.equal(MAX_ATTEMPTS);
    expect(pool.pauses).to.have.lengthOf(MAX_ATTEMPTS - 1);
    pool.pauses.forEach((pauseMs, index) => {
      expect(pauseMs).to.be.within(25 * 2 ** index, 75 * 2 ** index);
    });
  });

  it('does not begin a pause that would end after its deadline', async () => {
    const pool = new FakePool();
    const result = await flush(sinkOf(pool, databaseError('57P03')).task(120), pool.context);
    expect(result).to.include({ outcome: 'failed', transient: true });
    expect(result.attempts).to.be.below(MAX_ATTEMPTS); // The fourth pause would be 200 ms at least.
    expect(Math.max(0, ...pool.pauses)).to.be.below(120);
  });

  it('does not try again what will fail again', async () => {
    for (const error of [databaseError('22021'), databaseError('23514'), new TypeError('a fault of ours')]) {
      const pool = new FakePool();
      const result = await flush(sinkOf(pool, error).task(timeoutMs), pool.context);
      const expected = { outcome: 'failed', attempts: 1, transient: false, message: error.message };
      expect(result).to.deep.include(expected);
      expect(pool.pauses).to.deep.equal([]);
      expect(pool.releases).to.deep.equal(['closed']);
    }
  });

  it('counts a failed connection as a try', async () => {
    const pool = new FakePool();
    pool.refusals.push(systemError('ECONNREFUSED'), new Error('timeout exceeded when trying to connect'));
    const result = await flush(sinkOf(pool, 'committed').task(timeoutMs), pool.context);
    expect(result).to.include({ outcome: 'committed', attempts: 3 });
    expect(pool.releases).to.deep.equal(['kept']);
  });

  it('closes a connection that is busy at the deadline, and closes it once', async () => {
    const pool = new FakePool();
    const result = await flush(sinkOf(pool, never).task(30), pool.context);
    expect(result).to.include({ outcome: 'failed', attempts: 1, transient: true });
    await pool.untilReleases(1);
    pool.end(new Error('Connection terminated'));
    await new Promise(setImmediate);
    expect(pool.releases).to.deep.equal(['closed']);
  });

  it('does not write what was given up on while it waited for a connection', async () => {
    const pool = new FakePool();
    const connected = pool.holdConnections();
    const result = await flush(sinkOf(pool, 'committed').task(30), pool.context);
    expect(result).to.include({ outcome: 'failed', transient: true });
    connected();
    await pool.untilReleases(result.attempts);
    expect(new Set(pool.releases)).to.deep.equal(new Set(['kept']));
    expect(pool.writes).to.equal(0);
  });

  it('rejects a batch for a sink that does not exist', async () => {
    const pool = new FakePool();
    const outcome: unknown = await flush({ sink: 'none', columns: [], timeoutMs }, pool.context).catch(
      (error: unknown) => error,
    );
    expect(String(outcome)).to.contain('no sink is called none');
  });
});

function databaseError(sqlstate: string): Error {
  return Object.assign(new pg.DatabaseError(`raised with ${sqlstate}`, 0, 'error'), { code: sqlstate });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}
