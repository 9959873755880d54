import { expect } from 'chai';

import { Tally } from './tally.ts';

const answer = (status: number, body: string) => ({
  status,
  body: Buffer.from(body),
  isKept: true,
  retryAfter: undefined,
});

describe('the tally', () => {
  it('counts errors by kind, with what the first of each said', () => {
    const tally = new Tally();
    tally.failed(answer(503, '{"status":503,"detail":"The \\"queue\\" is full."}'));
    tally.failed(answer(503, '{"detail":"Later."}'));
    tally.failed(answer(502, '<h1>Bad\n\x1b[2J gateway</h1>'));
    tally.failed({ failure: 'refused' });
    expect(Object.fromEntries(tally.errors)).to.deep.equal({
      'status 503': { count: 2, detail: 'The "queue" is full.' },
      'status 502': { count: 1, detail: '<h1>Bad [2J gateway</h1>' },
      refused: { count: 1, detail: '' },
    });
  });
});
