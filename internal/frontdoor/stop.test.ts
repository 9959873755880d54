import { once } from 'node:events';

import { expect } from 'chai';

import { dial, exchange, readAnswers } from '../testing/wire.ts';
import { FrontDoor } from './server.ts';
import { GET, startHeldDoor, type HeldDoor } from './testing/held-door.ts';

// Longer than a test may take: what waits for it fails.
const FOREVER_MS = 600_000;
const HALF_SENT = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc';

describe('the front door stops', () => {
  let held: HeldDoor;

  beforeEach(async () => {
    held = await startHeldDoor();
  });

  afterEach(() => held.door.stop(0));

  it('when the requests being served are answered', async () => {
    const answers = exchange(held.port, GET);
    await held.untilTaken(1);
    const stopped = held.door.stop(FOREVER_MS);
    held.release();
    expect((await answers).map(({ status }) => status)).to.deep.equal([200]);
    await stopped;
  });

  it('and takes what an open connection still sends, and closes it with that answer', async () => {
    const socket = await dial(held.port);
    const answers = readAnswers(socket);
    socket.write(GET);
    await held.untilTaken(1);
    const stopped = held.door.stop(FOREVER_MS);
    socket.write(GET);
    await held.untilTaken(2);
    held.release();
    expect((await answers).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect((await answers)[1]?.headers.connection).to.equal('close');
    await stopped;
  });

  it('at its timeout, when a request is not answered', async () => {
    const answers = exchange(held.port, GET);
    await held.untilTaken(1);
    await held.door.stop(20);
    expect(await answers).to.deep.equal([]);
  });

  it('at its timeout, when that is sooner than a half sent request is given up', async () => {
    const answers = exchange(held.port, HALF_SENT);
    await held.untilTaken(1);
    await held.door.stop(20);
    expect(await answers).to.deep.equal([]);
  });

  it('soon, when a request is only half sent, and tells it to come again', async () => {
    await held.door.stop(0);
    const ids: string[] = [];
    held = await startHeldDoor({ arrivalOnStopMs: 10 }, (_request, _response, id) => ids.push(id));
    const answers = exchange(held.port, HALF_SENT);
    await held.untilTaken(1);
    await held.door.stop(FOREVER_MS);
    const [answer] = await answers;
    expect(answer?.status).to.equal(503);
    // The id that its handler was given, and logs.
    expect(answer?.headers).to.include({ connection: 'close', 'retry-after': '1', 'x-request-id': ids[0] });
  });

  it('soon, when a request is half sent behind another, which is answered first', async () => {
    await held.door.stop(0);
    held = await startHeldDoor({ arrivalOnStopMs: 10 });
    const answers = exchange(held.port, GET + HALF_SENT);
    await held.untilTaken(2);
    const stopped = held.door.stop(FOREVER_MS);
    held.taken[0]?.writeHead(200, { 'content-length': 0 }).end();
    await stopped;
    expect((await answers).map(({ status }) => status)).to.deep.equal([200, 503]);
  });

  it('at once, when headers are only half sent', async () => {
    const socket = await dial(held.port);
    socket.write(`${GET}GET / HTTP/1.1\r\n`);
    await held.untilTaken(1);
    held.release();
    await held.door.stop(FOREVER_MS);
    await readAnswers(socket);
  });

  it('at once, when connections are idle', async () => {
    const idle = await dial(held.port);
    const used = await dial(held.port);
    used.write(GET);
    await held.untilTaken(1);
    held.release();
    await once(used, 'data');
    const answers = Promise.all([readAnswers(idle), readAnswers(used)]);
    await held.door.stop(FOREVER_MS);
    expect(await answers).to.deep.equal([[], []]);
  });

  it('with the answers of all who ask again meanwhile, each of which closes, and resets nobody', async () => {
    await held.door.stop(0);
    held = await startHeldDoor({}, (_, response) => response.writeHead(200, { 'content-length': 0 }).end());
    const ends: string[] = [];
    let stopped: Promise<void> | undefined;
    const sockets = await Promise.all(Array.from({ length: 64 }, () => dial(held.port)));
    // None is still to be accepted: what is would be reset.
    for (const socket of sockets) socket.write(GET);
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    const clients = sockets.map(async (socket) => {
      socket.on('error', ({ message }) => ends.push(message));
      for (let asked = 1; ; asked++) {
        socket.write(GET);
        const [bytes] = (await once(socket, 'data')) as [Buffer];
        if (asked === 20) stopped ??= held.door.stop(FOREVER_MS);
        if (/connection: close/i.test(bytes.toString())) break;
      }
      await Promise.race([once(socket, 'end'), once(socket, 'close')]);
      socket.destroy();
      ends.push('closed by its answer');
    });
    await Promise.all(clients);
    await stopped;
    expect(new Set(ends)).to.deep.equal(new Set(['closed by its answer']));
  });

  it('and closes with the answer that was under way when it was told to', async () => {
    const answers = exchange(held.port, GET);
    await held.untilTaken(1);
    const stopped = held.door.stop(FOREVER_MS);
    held.release();
    expect((await answers)[0]?.headers.connection).to.equal('close');
    await stopped;
  });

  it('and says that it will ahead of that', async () => {
    const first = exchange(held.port, GET);
    await held.untilTaken(1);
    held.door.sayClose();
    const second = exchange(held.port, GET);
    await held.untilTaken(2);
    held.release();
    for (const answers of [await first, await second]) {
      expect(answers.map(({ headers }) => headers.connection)).to.deep.equal(['close']);
    }
  });

  it('once, however often it is told to', async () => {
    const answers = exchange(held.port, GET);
    await held.untilTaken(1);
    const both = Promise.all([held.door.stop(FOREVER_MS), held.door.stop(FOREVER_MS)]);
    held.release();
    await Promise.all([both, answers]);
    await held.door.stop(FOREVER_MS);
  });

  it('without taking new connections meanwhile', async () => {
    const answers = exchange(held.port, GET);
    await held.untilTaken(1);
    const stopped = held.door.stop(FOREVER_MS);
    const refusal = await dial(held.port).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).to.have.property('code', 'ECONNREFUSED');
    held.release();
    await Promise.all([answers, stopped]);
  });

  it('if it never listened', async () => {
    await new FrontDoor({}, () => undefined).stop(FOREVER_MS);
  });
});

describe('the front door does not listen', () => {
  it('on a port that is taken, and says so', async () => {
    const first = await startHeldDoor();
    const second = new FrontDoor({}, () => undefined);
    const refusal = await second.listen('127.0.0.1', first.port).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'EADDRINUSE');
    await Promise.all([first.door.stop(0), second.stop(0)]);
  });
});
