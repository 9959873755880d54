import type { Body } from '../frontdoor/bodies.ts';
import { Problem } from '../frontdoor/problem.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ThreadPool } from '../threads/thread-pool.ts';
import type { BodyParser } from './body-parser.ts';
import type { ParseAnswer, ParseTask } from './protocol.ts';

export interface ParserOptions {
  /** The thread's entry file: exports what `serveParsers` returns as default. */
  readonly parserFile: URL;
  readonly idleTimeoutMs: number;
  /** How long a body may take, waiting for its turn included. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Bodies up to this size are parsed on the event loop: that takes about as long as handing them over and back. */
export const INLINE_BYTES = 65_536;
// One thread parses several times as many events as Postgres takes.
const THREADS = 1;
const heapMiB = { old: 512, young: 16 };

/**
 * Parses bodies: small ones at once, large ones in a thread of their own, which is started when needed. A thread that
 * is lost or stuck is replaced; its bodies are refused with an {@link UnavailableError}.
 */
export class Parser {
  readonly #options: ParserOptions;
  readonly #threads: ThreadPool;

  constructor(options: ParserOptions) {
    this.#options = options;
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

  /** `body` belongs to the parser from now on. Throws what `parser` throws. */
  async parse<Options, Parsed>(
    parser: BodyParser<Options, Parsed>,
    body: Body,
    options: Options,
  ): Promise<Parsed> {
    const bytes = body.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes <= INLINE_BYTES) return parser.parse(joined(body), options);
    const answer = await this.#parseInThread({ parser: parser.name, body: body.map(ownBytes), options });
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

  async #parseInThread(task: ParseTask): Promise<ParseAnswer> {
    const { timeoutMs, logger } = this.#options;
    try {
      const transferList = task.body.map(({ buffer }) => buffer);
      return await this.#threads.run<ParseAnswer>(task, { timeoutMs, transferList });
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      logger.error({ error }, 'parser lost');
      throw new UnavailableError('parser-lost', 'The body could not be parsed in time.', { cause: error });
    }
  }
}

function joined(body: Body): Buffer {
  const [only] = body;
  return body.length === 1 && only !== undefined ? only : Buffer.concat(body);
}

/** The same bytes in a buffer that holds nothing else: moving a buffer takes it from all who look into it. */
function ownBytes(piece: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = piece;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(piece);
}
