import { Worker } from 'node:worker_threads';

import { expect } from 'chai';

import { AcceptBursts } from './accept-bursts.ts';
import { startHeldDoor } from './testing/held-door.ts';

/** Those who are busy, and turns of a loop that end when the test says so. */
class Turns {
  nowMs = 0;
  held = 0;
  readonly bursts = new AcceptBursts(() => [this.other], {
    now: () => this.nowMs,
    afterTurn: (then) => (this.#then = then),
  });
  readonly other = { hold: () => ++this.held > 0, resume: () => this.held-- };
  #then: (() => void) | undefined;

  /** A turn that takes so long; whether the others are held after it. */
  take(ms: number, { accepts }: { readonly accepts: boolean }): boolean {
    this.nowMs += ms;
    if (accepts) this.bursts.onAccepted();
    const then = this.#then;
    this.#then = undefined;
    then?.();
    return this.held > 0;
  }
}

describe('a burst of connections', () => {
  it('holds nobody up where a turn accepts one now and then', () => {
    const turns = new Turns();
    const all = [true, false, true, true, false, true];
    expect(all.map((accepts) => turns.take(19, { accepts }))).to.not.include(true);
  });

  it('holds the others up once those who have connected have waited for a while, and until nobody does', () => {
    const turns = new Turns();
    const all = [true, true, true, true, false];
    const held = all.map((accepts) => turns.take(10, { accepts }));
    expect(held).to.deep.equal([false, false, true, true, false]);
    expect(turns.held).to.equal(0);
  });

  it('holds them up for no longer than it lets them go on', () => {
    const turns = new Turns();
    const held = Array.from({ length: 1000 }, () => turns.take(1, { accepts: true }));
    expect(held.filter(Boolean)).to.have.length.within(500, 600);
  });

  it('holds up those as well who are accepted in it', () => {
    const turns = new Turns();
    turns.take(0, { accepts: true });
    turns.take(20, { accepts: true });
    turns.bursts.join(turns.other);
    expect(turns.held).to.equal(2);
    turns.take(1, { accepts: false });
    expect(turns.held).to.equal(0);
  });

  it('is accepted beside clients that send one request after the other', async () => {
    const busy = 30;
    const wanted = 100;
    let served = 0;
    let isFull = false;
    let servedBeside = 0;
    let arrived = 0;
    const { promise: allArrived, resolve } = newPromise();
    const held = await startHeldDoor({}, (request, response) => {
      if (request.url === '/new') {
        if (++arrived === wanted) resolve();
      } else {
        // All the others have their next one ready by the time that they are answered.
        for (const endMs = performance.now() + 1; performance.now() < endMs;);
        if (isFull && arrived < wanted) servedBeside++;
        if (++served === 10 * busy) {
          isFull = true;
          // Nobody is accepted meanwhile.
          Atomics.store(go, 0, 1);
          Atomics.notify(go, 0);
          Atomics.wait(go, 0, 1, 60_000);
        }
      }
      response.writeHead(200, { 'content-length': 0 }).end();
    });
    const go = new Int32Array(new SharedArrayBuffer(4));
    const clients = new Worker(sendAll, { eval: true, workerData: { port: held.port, busy, wanted, go } });
    await allArrived;
    await clients.terminate();
    await held.door.stop(0);
    // If each turn accepts one: 3,000.
    expect(servedBeside).to.be.within(1, 1000);
  });
});

function newPromise() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Sends on kept connections, and when told so connects with many at once. */
const sendAll = `
  const { connect } = require('node:net');
  const { workerData: { port, busy, wanted, go } } = require('node:worker_threads');
  const get = (path) => 'GET ' + path + ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n';
  for (let index = 0; index < busy; index++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(get('/')));
    socket.write(get('/'));
  }
  const wait = setInterval(() => {
    if (Atomics.load(go, 0) !== 1) return;
    clearInterval(wait);
    let connected = 0;
    for (let index = 0; index < wanted; index++) {
      const socket = connect(port, '127.0.0.1', () => {
        if (++connected < wanted) return;
        Atomics.store(go, 0, 2);
        Atomics.notify(go, 0);
      });
      socket.on('error', () => undefined);
      socket.write(get('/new'));
    }
  }, 1);
`;
