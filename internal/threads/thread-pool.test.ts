import { expect } from 'chai';

import { UnavailableError } from '../shards/unavailable.ts';
import { createLogger } from '../telemetry/logger.ts';
import { until } from '../testing/until.ts';
import type { OddTask, Told } from './testing/odd-thread.ts';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';
import { ThreadStarts } from './thread-starts.ts';

const FAR_MS = 60_000;

describe('a pool of threads', () => {
  let pool: ThreadPool;
  const open = (own: Partial<ThreadPoolOptions> = {}) =>
    (pool = new ThreadPool({
      what: 'odd threads',
      file: new URL('testing/odd-thread.js', import.meta.url),
      workerData: 'given to all',
      maxThreads: 1,
      idleTimeoutMs: FAR_MS,
      heapMiB: { old: 64, young: 8 },
      logger: createLogger('silent'),
      ...own,
    }));
  const run = (deed: OddTask['deed'], timeoutMs = FAR_MS) => pool.run<Told>({ deed }, { timeoutMs });
  const failureOf = (running: Promise<unknown>) => running.then(String, (error: unknown) => error);

  afterEach(() => pool.stop());

  it('starts a thread when there is a task, with its data, and keeps it for the next', async () => {
    open();
    expect(pool.liveThreads).to.equal(0);
    const first = await run('tell');
    expect(first).to.deep.include({ workerData: 'given to all', bytes: 0 });
    expect(pool.liveThreads).to.equal(1);
    expect((await run('tell')).threadId).to.equal(first.threadId);
  });

  it('moves the buffers that are named', async () => {
    open();
    const bytes = new Uint8Array(1000);
    const task: OddTask = { deed: 'tell', bytes };
    const told = await pool.run<Told>(task, { timeoutMs: FAR_MS, transferList: [bytes.buffer] });
    expect([told.bytes, bytes.length]).to.deep.equal([1000, 0]);
  });

  it('gives a thread several tasks at once where it may have them', async () => {
    open({ tasksPerThread: 2 });
    const [waiting, next] = await Promise.all([run('wait for the next'), run('tell')]);
    expect(waiting.threadId).to.equal(next.threadId);
  });

  it("rejects with the task's own error and goes on with the same thread", async () => {
    open();
    const { threadId } = await run('tell');
    expect(await failureOf(run('throw'))).to.include({ message: 'thrown by the task' });
    expect((await run('tell')).threadId).to.equal(threadId);
  });

  for (const deed of ['exit', 'loop'] as const) {
    it(`rejects a task that makes its thread ${deed}, and goes on with another`, async () => {
      open();
      const { threadId } = await run('tell');
      expect(await failureOf(run(deed, 500))).to.be.instanceOf(Error);
      expect((await run('tell')).threadId).to.not.equal(threadId);
    });
  }

  it('does not replace a thread again and again that takes long to start', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const started: unknown[] = [];
    const onThread = (thread: unknown) => void started.push(thread);
    process.on('worker', onThread);
    open({ file: new URL('testing/late-thread.js', import.meta.url), workerData: gate });
    for (let tries = 0; tries < 5; tries++) expect(await failureOf(run('tell', 50))).to.be.instanceOf(Error);
    expect(started.length, 'the first is replaced, and the second is given time').to.equal(2);
    const waiting = run('tell');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await waiting;
    expect(started.length).to.equal(2);
    process.off('worker', onThread);
  });

  it('gives a thread that has just started its time, though its first task had to wait too long', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    open({ file: new URL('testing/late-thread.js', import.meta.url), workerData: gate });
    const first = run('wait for the next', 500);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await failureOf(first)).to.be.instanceOf(Error);
    expect(pool.liveThreads, 'it is not replaced').to.equal(1);
  });

  it('starts no more threads for tasks that come while the first one starts', async () => {
    open({ maxThreads: 3 });
    const told = await Promise.all([run('tell'), run('tell'), run('tell')]);
    expect(new Set(told.map(({ threadId }) => threadId)).size).to.equal(1);
    expect(pool.liveThreads).to.equal(1);
  });

  it('starts another where those that are there are busy', async () => {
    open({ maxThreads: 2 });
    const { threadId } = await run('tell');
    const busy = failureOf(run('loop'));
    expect((await run('tell')).threadId).to.not.equal(threadId);
    await pool.stop();
    await busy;
  });

  it('starts no thread while one of another pool starts with which it shares its starts', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const starts = new ThreadStarts(FAR_MS);
    const other = open({
      starts,
      file: new URL('testing/late-thread.js', import.meta.url),
      workerData: gate,
    });
    const first = run('tell');
    open({ starts });
    const second = run('tell');
    expect([other.liveThreads, pool.liveThreads]).to.deep.equal([1, 0]);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all([first, second]);
    await other.stop();
  });

  it('starts one all the same if the other is lost, or stopped, or takes too long', async () => {
    for (const [longestTurnMs, isStopped] of [
      [FAR_MS, true],
      [FAR_MS, false],
      [50, undefined],
    ] as const) {
      const starts = new ThreadStarts(longestTurnMs);
      const workerData = new Int32Array(new SharedArrayBuffer(4));
      const other = open({ starts, file: new URL('testing/late-thread.js', import.meta.url), workerData });
      const lost = failureOf(run('tell', isStopped === false ? 50 : FAR_MS));
      open({ starts });
      const told = run('tell');
      if (isStopped === true) await other.stop();
      await told;
      await Promise.all([other.stop(), pool.stop()]);
      expect(await lost).to.be.instanceOf(Error);
    }
  });

  it('tells of each thread that starts and ends', async () => {
    const told: string[] = [];
    open({
      onThread: {
        created: (threadId) => told.push(`created ${threadId}`),
        finished: (threadId) => told.push(`finished ${threadId}`),
      },
    });
    const { threadId } = await run('tell');
    await failureOf(run('exit'));
    await until('the end of the thread', () => told.includes(`finished ${threadId}`));
    expect(told[0]).to.equal(`created ${threadId}`);
  });

  it('takes nothing any more once it is stopped, however often', async () => {
    open();
    const running = failureOf(run('loop'));
    await Promise.all([pool.stop(), pool.stop()]);
    await pool.stop();
    expect(await running).to.be.instanceOf(Error);
    expect(await failureOf(run('tell')))
      .to.be.instanceOf(UnavailableError)
      .and.include({ code: 'stopping' });
  });
});
