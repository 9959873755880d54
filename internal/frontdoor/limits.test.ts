import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { expect } from 'chai';
import Koa from 'koa';

import { until } from '../testing/until.ts';
import { dial, exchange, readAnswers } from '../testing/wire.ts';
import { answerJson, endEmpty, endJson } from './answer.ts';
import type { ServerLimits } from './limits.ts';
import type { Handle } from './server.ts';
import { GET, startHeldDoor, type HeldDoor } from './testing/held-door.ts';

// More than the kernel takes of it for both ends.
const LARGE = Buffer.alloc(64 * 1024 * 1024);
/** How many connections Linux had no room for, to be accepted, since it started. */
function overflows(): number {
  const lines = readFileSync('/proc/net/netstat', 'utf8').split('\n');
  const [names = [], values = []] = lines
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('ListenOverflows')]);
}

// Says so once all of its connections stand, and keeps them.
const dialAll = `
  const { connect } = require('node:net');
  const { port, wanted, done } = require('node:worker_threads').workerData;
  let open = 0;
  const opened = () => {
    if (++open < wanted) return;
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  };
  for (let index = 0; index < wanted; index++) connect(port, '127.0.0.1', opened).on('error', () => undefined);
`;
// Longer than a test may take: what waits for it fails.
const FOREVER_MS = 600_000;

describe('the front door bounds what clients hold open', () => {
  let held: HeldDoor;

  async function start(limits: Partial<ServerLimits>): Promise<HeldDoor> {
    held = await startHeldDoor(limits);
    return held;
  }

  afterEach(() => held.door.stop(0));

  it('the time for the headers', async () => {
    const { port } = await start({ headersTimeoutMs: 50 });
    const answers = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n');
    expect(answers.map(({ status }) => status)).to.deep.equal([408]);
    expect(answers[0]?.headers['content-type']).to.match(/problem\+json/);
    expect(answers[0]?.text).to.include('urn:minikom:problem:request-timeout');
  });

  it('the time for the whole request, also while its body drips', async () => {
    const { port, taken } = await start({ headersTimeoutMs: 50, requestTimeoutMs: 50 });
    const answers = await exchange(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    expect(answers.map(({ status }) => status)).to.deep.equal([408]);
    expect(taken).to.have.length(1);
  });

  it('the time that an idle connection is kept', async () => {
    const { port } = await start({ keepAliveMs: 1000 });
    const answers = exchange(port, GET);
    await held.untilTaken(1);
    held.release();
    const [answer, ...others] = await answers;
    expect(answer?.headers['keep-alive']).to.equal('timeout=1');
    expect(others).to.deep.equal([]);
  });

  it('the connections', async () => {
    const { port } = await start({ maxConnections: 1 });
    const first = await dial(port);
    first.write(GET);
    await held.untilTaken(1);
    expect(await readAnswers(await dial(port))).to.deep.equal([]);
    held.release();
    const [head] = (await once(first, 'data')) as [Buffer];
    expect(head.toString()).to.match(/^HTTP\/1.1 200 /);
    first.destroy();
  });

  it('no connection that comes while the event loop is busy: they wait, and need not try again', async () => {
    const { port } = await start({});
    const wanted = 700;
    const done = new Int32Array(new SharedArrayBuffer(4));
    const dialler = new Worker(dialAll, { eval: true, workerData: { port, wanted, done } });
    await once(dialler, 'online');
    const before = overflows();
    // This thread is the event loop that is busy, until all are there: at once, or when they have tried again.
    Atomics.wait(done, 0, 0, 60_000);
    expect(overflows()).to.equal(before);
    expect(Atomics.load(done, 0)).to.equal(1);
    await dialler.terminate();
  });

  it('the requests of one connection: what is one too many is refused after the answers before it', async () => {
    const { port, taken } = await start({ maxRequestsInFlightPerConnection: 3 });
    const answers = exchange(port, GET.repeat(5000));
    await held.untilTaken(3);
    held.release();
    expect((await answers).map(({ status }) => status)).to.deep.equal([200, 200, 200, 503]);
    expect(taken).to.have.length(3);
    const last = (await answers)[3];
    expect(last?.headers).to.include({ connection: 'close', 'retry-after': '1' });
    expect(last?.headers['x-request-id']).to.match(/^[\w-]+$/);
  });

  it('the requests of all connections', async () => {
    const { port } = await start({ maxRequestsInFlight: 1 });
    const first = await dial(port);
    first.write(GET);
    await held.untilTaken(1);
    const [refused] = await exchange(port, GET);
    expect(refused?.status).to.equal(503);
    expect(refused?.headers).to.include({ connection: 'close', 'retry-after': '1' });
    first.destroy();
  });

  it('but not those to what tells whether all is well', async () => {
    held = await startHeldDoor({ maxRequestsInFlight: 1 }, undefined, new Set(['/health']));
    const { port } = held;
    const health = 'GET /health?full HTTP/1.1\r\nHost: a\r\n\r\n';
    const probes = await dial(port);
    probes.write(health.repeat(3));
    await held.untilTaken(3);
    const first = await dial(port);
    first.write(GET);
    await held.untilTaken(4);
    probes.write(health);
    await held.untilTaken(5);
    const [refused] = await exchange(port, GET);
    expect(refused?.status).to.equal(503);
    first.destroy();
    probes.destroy();
  });

  it('the time until an answer, whatever it waits for, and goes on', async () => {
    const { port, taken } = await start({ answerWithinMs: 20, lookEachMs: 5 });
    const socket = await dial(port);
    const answers = readAnswers(socket);
    socket.write(GET.replace('\r\n\r\n', '\r\nX-Request-Id: mine\r\n\r\n'));
    await once(socket, 'data');
    // Its handler is done only now.
    const [late] = taken;
    if (late !== undefined) endJson(late, 'mine', '{}');
    socket.write(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await held.untilTaken(2);
    const [, next] = taken;
    if (next !== undefined) endEmpty(next, 'next');
    expect((await answers).map(({ status }) => status)).to.deep.equal([503, 200]);
    expect((await answers)[0]?.headers).to.include({ 'retry-after': '1', 'x-request-id': 'mine' });
  });

  it('the time for which a client takes nothing of an answer', async () => {
    const beganMs: number[] = [];
    held = await startHeldDoor({ unreadMs: 50, lookEachMs: 5 }, (_, response) => {
      beganMs.push(performance.now());
      response.end(LARGE);
    });
    const socket = await dial(held.port);
    socket.pause();
    socket.write(GET);
    await held.untilTaken(1);
    const [answer] = held.taken;
    if (answer !== undefined) await once(answer, 'close');
    // However long the process has been there before.
    expect(performance.now() - (beganMs[0] ?? 0)).to.be.at.least(50);
    socket.resume();
    await Promise.race([once(socket, 'end'), once(socket, 'close')]);
    socket.destroy();
    expect(socket.bytesRead).to.be.below(LARGE.length);
  });

  const koa = new Koa().use((context) => answerJson(context, LARGE.toString('latin1')));
  koa.on('error', () => undefined);
  const paced = koa.callback();
  const ways: readonly (readonly [how: string, handle: Handle])[] = [
    ['given at once', (_, response) => response.end(LARGE)],
    ['given bit by bit', (request, response) => void paced(request, response)],
  ];
  for (const [how, handle] of ways) {
    it(`the bytes that wait for all clients, ${how}: who took nothing the longest is dropped`, async () => {
      held = await startHeldDoor({ maxUnreadBytes: LARGE.length + 1, lookEachMs: 5 }, handle);
      const sockets = await Promise.all(Array.from({ length: 5 }, () => dial(held.port)));
      for (const socket of sockets) {
        socket.pause();
        socket.write(GET);
      }
      await held.untilTaken(5);
      await until(
        'all but one are dropped',
        () => held.taken.filter(({ destroyed }) => destroyed).length === 4,
      );
      for (const socket of sockets) socket.destroy();
    });
  }

  it('the requests of a connection that are served at once: others wait, in their order', async () => {
    const { port, taken } = await start({});
    const answers = exchange(port, GET.repeat(29) + GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await held.untilTaken(5);
    await turnOfTheLoop();
    expect(taken).to.have.length(5);
    while (taken.length < 30) {
      const before = taken.length;
      held.release();
      await held.untilTaken(before + 1);
      expect(taken.filter(({ writableFinished }) => !writableFinished)).to.have.length.of.at.most(5);
    }
    held.release();
    expect((await answers).map(({ status }) => status)).to.deep.equal(Array(30).fill(200));
  });

  it('and serves none that waits on a connection that went', async () => {
    const { port, taken } = await start({});
    const socket = await dial(port);
    socket.write(GET.repeat(20));
    await held.untilTaken(5);
    const last = taken.at(-1);
    if (last === undefined) throw new Error('nothing was taken');
    const closed = once(last, 'close');
    socket.destroy();
    await closed;
    await turnOfTheLoop();
    expect(taken).to.have.length(5);
  });

  it('and forgets the pipelined requests of a connection that went', async () => {
    const { port, door } = await start({});
    const socket = await dial(port);
    socket.write(GET.repeat(5));
    await held.untilTaken(5);
    socket.destroy();
    await door.stop(FOREVER_MS);
  });

  it('and forgets those of a connection that was refused', async () => {
    const { port, door } = await start({ maxRequestsInFlightPerConnection: 3 });
    const answers = exchange(port, GET.repeat(10));
    await held.untilTaken(3);
    held.release();
    await answers;
    await door.stop(FOREVER_MS);
  });
});
