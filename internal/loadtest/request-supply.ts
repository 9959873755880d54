import { Worker } from 'node:worker_threads';

import type { RequestChunk, RequestOptions } from './request-chunks.ts';
import type { NoMoreRequests } from './request-thread.ts';

/** A request that can be written to a socket as it is. */
export interface PreparedRequest {
  /** Its place in the plan, from 0. */
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly events: number;
}

/** Where a run takes its requests from. */
export interface RequestSource {
  /** The next request; undefined if there is none now. */
  take(): PreparedRequest | undefined;
  /** Whether there will be none any more. */
  readonly isAtEnd: boolean;
  /** Is called when `take` may have something again, or the end was reached. */
  onMore: () => void;
}

const MOST_BYTES_AHEAD = 268_435_456;
const MOST_EVENTS_AHEAD = 2_000_000;
// Two, so that the thread has the next one to do while the last is on its way.
const MOST_ASKED_FOR = 2;

/**
 * Requests built ahead by a thread, in bounded memory: the run starts when all of them are there, or as many as are
 * held at once, and the thread goes on while they are sent. So a short run has nothing built while the clock runs.
 */
export class RequestSupply implements RequestSource {
  onMore: () => void = () => undefined;
  /** Resolves once so much is ahead that a run can start; rejects if requests cannot be built. */
  readonly filled: Promise<void>;
  readonly #thread: Worker;
  readonly #enough: number;
  readonly #chunks: RequestChunk[] = [];
  #onFilled: () => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;
  #within = 0;
  #index = 0;
  #bytesAhead = 0;
  #eventsAhead = 0;
  #asked = 0;
  #built = 0;
  #isBuilt = false;
  #failure: Error | undefined;

  /** More than `enough` requests will not be taken: so many are built, and a few more. */
  constructor(options: RequestOptions, enough = Infinity) {
    this.#enough = enough;
    this.filled = new Promise((resolve, reject) => {
      this.#onFilled = resolve;
      this.#onFailed = reject;
    });
    // Nobody may be waiting for it any more when it fails.
    this.filled.catch(() => undefined);
    this.#thread = new Worker(new URL('./request-thread.js', import.meta.url), { workerData: options });
    this.#thread.on('message', (reply: RequestChunk | NoMoreRequests) => this.#receive(reply));
    this.#thread.on('error', (error) => this.#fail(error));
    this.#ask();
  }

  get isAtEnd(): boolean {
    return this.#isBuilt && this.#chunks.length === 0;
  }

  /** Why the thread ended before it had built everything. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  take(): PreparedRequest | undefined {
    const [chunk] = this.#chunks;
    if (chunk === undefined) return undefined;
    const start = chunk.ends[this.#within - 1] ?? 0;
    const end = chunk.ends[this.#within] ?? start;
    const events = chunk.events[this.#within] ?? 0;
    this.#within++;
    this.#eventsAhead -= events;
    if (this.#within === chunk.ends.length) {
      this.#chunks.shift();
      this.#within = 0;
      this.#bytesAhead -= chunk.bytes.length;
      this.#ask();
    }
    return { index: this.#index++, bytes: chunk.bytes.subarray(start, end), events };
  }

  /** Ends the thread. */
  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #receive(reply: RequestChunk | NoMoreRequests): void {
    this.#asked--;
    if (reply === null) {
      this.#isBuilt = true;
      this.#onFilled();
    } else {
      this.#chunks.push(reply);
      this.#built += reply.ends.length;
      this.#bytesAhead += reply.bytes.length;
      this.#eventsAhead += reply.events.reduce((sum, events) => sum + events, 0);
      this.#ask();
    }
    this.onMore();
  }

  #ask(): void {
    if (this.#isBuilt) return;
    const isFull = this.#bytesAhead >= MOST_BYTES_AHEAD || this.#eventsAhead >= MOST_EVENTS_AHEAD;
    if (isFull || this.#built >= this.#enough) {
      this.#onFilled();
      return;
    }
    for (; this.#asked < MOST_ASKED_FOR; this.#asked++) this.#thread.postMessage('next');
  }

  /** A run that is under way ends with what was built. */
  #fail(error: Error): void {
    this.#failure = error;
    this.#isBuilt = true;
    this.#onFailed(error);
    this.onMore();
  }
}
