const LINE_END = Buffer.from('\r\n');
const MOST_LINE_BYTES = 16_384;

/** Takes the bytes after a head, in whatever pieces they come. */
export interface AnswerBody {
  readonly pieces: Buffer[];
  /** How many bytes of `bytes` it took, all unless the body ended in them; undefined if they are malformed. */
  take(bytes: Buffer): number | undefined;
  readonly isComplete: boolean;
}

/** A body of a known length; Infinity for one that ends with the connection. */
export class CountedBody implements AnswerBody {
  readonly pieces: Buffer[] = [];
  #missing: number;

  constructor(bytes: number) {
    this.#missing = bytes;
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  take(bytes: Buffer): number {
    const taken = Math.min(bytes.length, this.#missing);
    this.#missing -= taken;
    // The buffer that the socket reads into is used again.
    if (taken > 0) this.pieces.push(Buffer.from(bytes.subarray(0, taken)));
    return taken;
  }
}

/**
 * A chunked body. It is in one of four places: `size` (a line with the next chunk's size), `data` (inside a chunk),
 * `data-end` (the line end after it), `trailers` (lines after the last chunk, up to an empty one).
 */
export class ChunkedBody implements AnswerBody {
  readonly pieces: Buffer[] = [];
  isComplete = false;
  #place: 'size' | 'data' | 'data-end' | 'trailers' = 'size';
  #missing = 0;
  #line = Buffer.alloc(0);

  take(bytes: Buffer): number | undefined {
    let at = 0;
    while (at < bytes.length && !this.isComplete) {
      if (this.#place === 'data') {
        const end = Math.min(bytes.length, at + this.#missing);
        this.pieces.push(Buffer.from(bytes.subarray(at, end)));
        this.#missing -= end - at;
        if (this.#missing === 0) this.#place = 'data-end';
        at = end;
        continue;
      }
      const before = this.#line.length;
      this.#line = Buffer.concat([this.#line, bytes.subarray(at)]);
      const length = this.#line.indexOf(LINE_END);
      const mostBytes = this.#place === 'data-end' ? 1 : MOST_LINE_BYTES;
      if (length === -1) return this.#line.length > mostBytes ? undefined : bytes.length;
      at += length + LINE_END.length - before;
      const line = this.#line.toString('latin1', 0, length);
      this.#line = Buffer.alloc(0);
      if (!this.#takeLine(line)) return undefined;
    }
    return at;
  }

  #takeLine(line: string): boolean {
    switch (this.#place) {
      case 'size': {
        const size = /^([0-9a-f]{1,12})[ \t]*(;.*)?$/i.exec(line)?.[1];
        if (size === undefined) return false;
        this.#missing = parseInt(size, 16);
        this.#place = this.#missing === 0 ? 'trailers' : 'data';
        return true;
      }
      case 'data-end':
        this.#place = 'size';
        return line === '';
      case 'trailers':
        this.isComplete = line === '';
        return true;
      case 'data':
        return false;
    }
  }
}
