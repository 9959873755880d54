import { Readable } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** So much of a text is given on at once. */
export const PIECE_BYTES = 65_536;
const GATHER_MS = 500;

/** Takes pieces until there is enough to send, or nothing more, or until that takes long. */
export async function gather(pieces: AsyncIterator<string>): Promise<{ text: string; isAll: boolean }> {
  const untilMs = performance.now() + GATHER_MS;
  let text = '';
  while (text.length < PIECE_BYTES && (text === '' || performance.now() < untilMs)) {
    const next = await pieces.next();
    if (next.done === true) return { text, isAll: true };
    text += next.value;
  }
  return { text, isAll: false };
}

/**
 * The body of a long answer. What has been made of it is given on bit by bit, as the connection takes it: so it is seen
 * whether a caller reads at all, and what waits for one that does not is little.
 */
export class Paced extends Readable {
  #bytes: Buffer;
  #rest: AsyncIterator<string> | undefined;
  readonly #onHeld: (bytes: number) => void;

  /** `onHeld` is told how many bytes are made and not given on. */
  constructor(onHeld: (bytes: number) => void, made: Buffer, rest?: AsyncIterator<string>) {
    super({ highWaterMark: PIECE_BYTES });
    this.#onHeld = onHeld;
    this.#rest = rest;
    this.#bytes = made;
    onHeld(made.length);
  }

  override _read(): void {
    this.#next().then(
      (piece) => this.push(piece),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #next(): Promise<Buffer | null> {
    if (this.#bytes.length === 0 && this.#rest !== undefined) {
      // A connection that takes all at once would have the whole answer made in one turn, and all others wait for it.
      await turnOfTheLoop();
      if (this.destroyed) return null;
      const { text, isAll } = await gather(this.#rest);
      if (isAll) this.#rest = undefined;
      this.#bytes = Buffer.from(text);
    }
    if (this.#bytes.length === 0) return null;
    const piece = this.#bytes.subarray(0, PIECE_BYTES);
    this.#bytes = this.#bytes.subarray(PIECE_BYTES);
    this.#onHeld(this.#bytes.length);
    return piece;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const ended = Promise.resolve(this.#rest?.return?.());
    this.#rest = undefined;
    this.#bytes = Buffer.alloc(0);
    this.#onHeld(this.#bytes.length);
    ended.then(
      () => done(error),
      (failure: unknown) => done(error ?? (failure instanceof Error ? failure : null)),
    );
  }
}
