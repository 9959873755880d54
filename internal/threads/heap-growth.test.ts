import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';

const program = fileURLToPath(new URL('testing/growing-heap.js', import.meta.url));

/** How much the old space of a process holds at most that is found so busy, one look after the other. */
async function mostBytes(...busyShares: number[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...busyShares.map(String)]);
  return Number(stdout);
}

describe('bounded growth of the heap', () => {
  it('leaves far less garbage at most than V8 by itself, which decides again once the thread is busy', async () => {
    const bounded = await mostBytes(0.1);
    expect(bounded).to.be.above(0);
    for (const shares of [[0.9], [0.1, 0.9]]) {
      expect(bounded / (await mostBytes(...shares)), String(shares)).to.be.below(0.7);
    }
  });
});
