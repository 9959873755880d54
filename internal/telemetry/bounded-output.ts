import type { Writable } from 'node:stream';

// Characters of lines that the other end has not taken yet: about ten thousand lines.
const MOST_WAITING = 2 ** 20;

/** Where the lines of a log go. */
export interface Output {
  write(line: string): void;
  /** Calls `done` when all lines so far are taken. */
  flush(done: () => void): void;
}

/**
 * Lines to a stream that nobody may be reading: they wait, and beyond a bound they are dropped, while the program goes on.
 * Once there is room again `onDropped` is told how many. A stream whose other end is gone takes lines to nowhere.
 *
 * The stream gets a line when it has taken the one before: of what waits in it, it makes large writes, and where several
 * processes write to one pipe, the system may put parts of those into each other.
 */
export function boundedOutput(stream: Writable, onDropped: (lines: number) => void): Output {
  const waiting: string[] = [];
  const onTaken: (() => void)[] = [];
  let waitingLength = 0;
  let dropped = 0;
  let isWriting = false;

  function writeNext(): void {
    while (!isWriting) {
      const line = waiting.shift();
      if (line === undefined) break;
      waitingLength -= line.length;
      let isTaken = false;
      stream.write(line, () => {
        if (isTaken) return;
        isWriting = false;
        writeNext();
      });
      // The callback comes later in any case; a stream with nothing left to write has taken the line already.
      isTaken = stream.writableLength === 0;
      isWriting = !isTaken;
    }
    if (!isWriting) for (const done of onTaken.splice(0)) done();
  }

  return {
    write(line) {
      if (waitingLength > MOST_WAITING) {
        dropped++;
        return;
      }
      const missing = dropped;
      dropped = 0;
      if (missing > 0) onDropped(missing);
      waiting.push(line);
      waitingLength += line.length;
      writeNext();
    },
    flush(done) {
      onTaken.push(done);
      writeNext();
    },
  };
}
