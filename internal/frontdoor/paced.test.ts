import { once } from 'node:events';

import { expect } from 'chai';

import { Paced, PIECE_BYTES } from './paced.ts';

const PIECES = 20;

async function* pieces(): AsyncGenerator<string> {
  for (let piece = 0; piece < PIECES; piece++) yield await Promise.resolve('x'.repeat(PIECE_BYTES));
}

describe('the body of a long answer', () => {
  it('leaves the event loop to others between its pieces, however fast they are taken', async () => {
    const body = new Paced(() => undefined, Buffer.from('x'), pieces());
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    let bytes = 0;
    body.on('data', (piece: Buffer) => (bytes += piece.length));
    await once(body, 'end');
    isOver = true;
    expect(bytes).to.equal(1 + PIECES * PIECE_BYTES);
    expect(turns).to.be.at.least(PIECES);
  });
});
