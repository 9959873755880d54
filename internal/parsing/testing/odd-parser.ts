import { isMainThread } from 'node:worker_threads';

import { Problem } from '../../frontdoor/problem.ts';
import { serveParsers, type BodyParser } from '../parser-thread.ts';

/** What the parser of these tests is told to do with a body. */
export type Deed =
  'measure' | 'return bytes' | 'refuse' | 'throw' | 'loop' | 'dawdle' | 'exhaust memory' | 'exit';

/** A parser that does what its options say. Its result says where it ran. */
export const oddParser: BodyParser<
  Deed,
  { readonly bytes: Uint8Array<ArrayBuffer>; readonly ranIn: 'main' | 'thread' }
> = {
  name: 'odd',
  parse(body, deed) {
    const ranIn = isMainThread ? 'main' : 'thread';
    switch (deed) {
      case 'measure':
        return { bytes: Uint8Array.of(body.length & 0xff), ranIn };
      case 'return bytes':
        return { bytes: new Uint8Array(body), ranIn };
      case 'refuse':
        throw new Problem(400, 'invalid-request', 'no', {
          errors: [{ index: 7, field: 'a', message: 'is b' }],
        });
      case 'throw':
        throw new Error('a fault of the parser');
      case 'loop':
        for (;;);
      case 'dawdle':
        // Less than what a body may take in these tests, but not if it counts several times.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
        return { bytes: new Uint8Array(1), ranIn };
      case 'exhaust memory': {
        const kept: number[][] = [];
        for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
      }
      case 'exit':
        return process.exit(3);
    }
  },
  buffersOf: ({ bytes }) => [bytes.buffer],
};

export default serveParsers([oddParser]);
