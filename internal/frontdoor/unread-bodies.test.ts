import { once } from 'node:events';
import { mock } from 'node:test';

import { expect } from 'chai';

import { parseJson } from '../parsing/json.ts';
import { dial, exchange, readAnswers } from '../testing/wire.ts';
import { sendProblem } from './answer.ts';
import { readBody } from './bodies.ts';
import { Problem, tooLarge, unavailable } from './problem.ts';
import { startHeldDoor, type HeldDoor } from './testing/held-door.ts';

const MIB = 1024 * 1024;
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
const mebibyte = Buffer.alloc(MIB, ' ');

describe('a body that is refused while it is still being sent', () => {
  let held: HeldDoor;

  beforeEach(async () => {
    held = await startHeldDoor({}, (request, response) =>
      readBody(request, MIB)
        .then((body) => parseJson(body))
        .then(
          () => response.end(),
          (problem: unknown) => {
            if (problem instanceof Problem) sendProblem(response, problem);
          },
        ),
    );
  });

  afterEach(() => held.door.stop(0));

  it('has its answer read by a client that sends all 33 MiB, and then the connection closes', async () => {
    const socket = await dial(held.port);
    socket.write(`${POST}Content-Length: ${33 * MIB}\r\n\r\n`);
    for (let sent = 0; sent < 33; sent++) socket.write(mebibyte);
    const answers = await readAnswers(socket);
    expect(answers.map(({ status }) => status)).to.deep.equal([413]);
    expect(answers[0]?.headers.connection).to.equal('close');
  });

  it('has its answer read the same when it comes in chunks', async () => {
    const socket = await dial(held.port);
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent < 33; sent++) {
      socket.write(`${MIB.toString(16)}\r\n`);
      socket.write(mebibyte);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
    const answers = await readAnswers(socket);
    expect(answers.map(({ status }) => status)).to.deep.equal([413]);
    expect(answers[0]?.headers.connection).to.equal('close');
  });

  it('has its answer read by a client that stops halfway', async () => {
    const bytes = `${POST}Content-Length: ${33 * MIB}\r\n\r\nabc`;
    const answers = await exchange(held.port, bytes, { thenEnd: true });
    expect(answers.map(({ status }) => status)).to.deep.equal([413]);
  });

  it('does not hold the connection open for a client that neither sends on nor goes', async () => {
    const answers = await exchange(held.port, `${POST}Content-Length: ${33 * MIB}\r\n\r\nabc`);
    expect(answers.map(({ status }) => status)).to.deep.equal([413]);
  });

  it('keeps the connection for the next request if it had arrived', async () => {
    const wrong = `${POST}Content-Length: 2\r\n\r\n{]`;
    const last = `${POST}Connection: close\r\nContent-Length: 2\r\n\r\n{}`;
    const answers = await exchange(held.port, wrong + last);
    expect(answers.map(({ status }) => status)).to.deep.equal([400, 200]);
  });
});

describe('the rest of a body that is refused', () => {
  for (const [refused, seconds] of [
    [tooLarge(MIB), 2],
    [unavailable('Not now.'), 10],
  ] as const) {
    it(`is read past for ${seconds} s after ${refused.status}`, async () => {
      const { door, port, taken } = await startHeldDoor({}, (_, response) => sendProblem(response, refused));
      const socket = await dial(port);
      try {
        mock.timers.enable({ apis: ['setTimeout'] });
        socket.write(`${POST}Content-Length: 3\r\n\r\nab`);
        await once(socket, 'data');
        const isEnded = () => taken[0]?.writableEnded;
        mock.timers.tick(seconds * 1000 - 1);
        expect(isEnded()).to.equal(false);
        mock.timers.tick(1);
        expect(isEnded()).to.equal(true);
      } finally {
        mock.timers.reset();
        socket.destroy();
        await door.stop(0);
      }
    });
  }
});
