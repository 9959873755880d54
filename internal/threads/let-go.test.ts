import { expect } from 'chai';

import { letGo } from './let-go.ts';

describe('letting go of buffers', () => {
  it('leaves views of them empty', () => {
    const bytes = new Uint8Array(100).fill(1);
    letGo([bytes.buffer]);
    expect(bytes).to.have.length(0);
  });

  it('may be done again, and of one that is named twice', () => {
    const bytes = new Uint8Array(100);
    letGo([bytes.buffer, bytes.buffer]);
    letGo([bytes.buffer]);
    letGo([]);
  });

  it('gives their memory back without waiting for a collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 200; round++) letGo([new Uint8Array(1_000_000).buffer]);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(50_000_000);
  });
});
