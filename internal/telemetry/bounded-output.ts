import type { Writable } from 'node:stream';

import type { DestinationStream } from 'pino';

// Of lines that the other end has not taken yet. About ten thousand.
const MOST_WAITING_BYTES = 2 ** 20;

/**
 * Lines to a stream that nobody may be reading: they wait, and beyond a bound they are dropped, while the program goes on.
 * Once there is room again `onDropped` is told how many. A stream whose other end is gone takes lines to nowhere.
 */
export function boundedOutput(stream: Writable, onDropped: (lines: number) => void): DestinationStream {
  let dropped = 0;
  return {
    write(line) {
      if (stream.writableLength > MOST_WAITING_BYTES) {
        dropped++;
        return;
      }
      const missing = dropped;
      dropped = 0;
      if (missing > 0) onDropped(missing);
      stream.write(line);
    },
  };
}
