import { Problem } from '../frontdoor/problem.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { letGo } from '../threads/let-go.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import { parseWith, type BodyParser, type ParseAnswer, type ParseTask } from './parser-thread.ts';

export interface ParserOptions {
  /** The thread's entry file: exports what `serveParsers` returns as default. */
  readonly parserFile: URL;
  readonly idleTimeoutMs: number;
  /** How long a body may take, from when the thread has it. */
  readonly timeoutMs: number;
  /** Most bytes of bodies that wait for the thread. */
  readonly maxWaitingBytes?: number;
  readonly logger: Logger;
}

/** Bodies up to this size are parsed on the event loop: that takes about as long as handing them over and back. */
export const INLINE_BYTES = 65_536;
/** Where a body can be parsed at a tenth of the usual cost, up to this size: a body of 10,000 reports has 0.7 MB. */
const INLINE_ALIKE_BYTES = 2 * 2 ** 20;
// One thread parses several times as many events as Postgres takes.
const THREADS = 1;
// About what it parses in half a second. What cannot be parsed soon is better sent again to another replica, or later.
const MAX_WAITING_BYTES = 67_108_864;
const heapMiB = { old: 512, young: 16 };

/**
 * Parses bodies: small ones at once, and larger ones whose items are alike; all others in a thread of their own, which is
 * started when needed. They wait for it
 * here, one behind the other, and those that are too many are refused at once. A thread that is lost or stuck is
 * replaced; the body that it had, and no other, is refused. Refusals are {@link UnavailableError}s.
 */
export class Parser {
  readonly #options: ParserOptions;
  readonly #threads: ThreadPool;
  readonly #maxWaitingBytes: number;
  #waitingBytes = 0;
  /** Resolves once the body that came last is done; undefined if none is. */
  #lastDone: Promise<void> | undefined;

  constructor(options: ParserOptions) {
    this.#options = options;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    const { parserFile: file, idleTimeoutMs, logger } = options;
    this.#threads = new ThreadPool({
      what: 'parser',
      file,
      maxThreads: THREADS,
      idleTimeoutMs,
      heapMiB,
      logger,
    });
  }

  /**
   * `body` belongs to the parser from now on, and if it is larger than {@link INLINE_BYTES} so does all of the memory that
   * it lies in. Throws what `parser` throws.
   */
  async parse<Options, Parsed>(
    parser: BodyParser<Options, Parsed>,
    body: Buffer,
    options: Options,
  ): Promise<Parsed> {
    if (body.length <= INLINE_BYTES) return parseWith(parser, body, options);
    const isTried = body.length <= INLINE_ALIKE_BYTES;
    const alike = isTried ? parser.parseAlike?.(body, options) : undefined;
    if (alike !== undefined) {
      // What V8 does not collect it need not look for: dead bodies count until it has looked through all of its heap.
      letGo([body.buffer]);
      return alike;
    }
    if (this.#waitingBytes > 0 && this.#waitingBytes + body.length > this.#maxWaitingBytes) {
      throw new UnavailableError('queue-full', 'Too many bytes wait to be parsed.');
    }
    const answer = await this.#inTurn(body.length, () =>
      this.#parseInThread({ parser: parser.name, body: bytesOf(body), isUnalike: isTried, options }),
    );
    if (answer.outcome === 'refused') {
      const { status, kind, detail, errors } = answer;
      throw new Problem(status, kind, detail, errors && { errors });
    }
    // The thread runs the parser of this name, so it is what that one returns.
    return answer.parsed as Parsed;
  }

  /** Ends the thread; what is being parsed fails. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#threads.stop();
  }

  /** Runs one after the other. A body that waits counts, one that has its turn does not. */
  async #inTurn<T>(bytes: number, run: () => Promise<T>): Promise<T> {
    const before = this.#lastDone;
    const running = before === undefined ? run() : this.#after(before, bytes).then(run);
    const done = running.then(
      () => undefined,
      () => undefined,
    );
    this.#lastDone = done;
    void done.then(() => {
      if (this.#lastDone === done) this.#lastDone = undefined;
    });
    return running;
  }

  async #after(before: Promise<void>, bytes: number): Promise<void> {
    this.#waitingBytes += bytes;
    await before;
    this.#waitingBytes -= bytes;
  }

  async #parseInThread(task: ParseTask): Promise<ParseAnswer> {
    const { timeoutMs, logger } = this.#options;
    try {
      return await this.#threads.run<ParseAnswer>(task, { timeoutMs, transferList: [task.body.buffer] });
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      logger.error({ error }, 'parser lost');
      throw new UnavailableError('parser-lost', 'The body could not be parsed in time.', { cause: error });
    }
  }
}

/** The same bytes as what can be moved; only what is shared between threads is copied. */
function bytesOf(body: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = body;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(body);
}
