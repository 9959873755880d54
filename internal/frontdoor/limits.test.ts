import { once } from 'node:events';

import { expect } from 'chai';

import { dial, exchange, readAnswers } from '../testing/wire.ts';
import type { ServerLimits } from './server.ts';
import { GET, startHeldDoor, type HeldDoor } from './testing/held-door.ts';

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
