import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { letGo } from '../threads/let-go.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import { Problem, tooLarge } from './problem.ts';

/** In bytes. */
export interface BodyLimits {
  /** Of one body, decompressed. */
  readonly maxBodyBytes: number;
  /** Of all bodies that are being served at once, compressed ones and what they expand to. */
  readonly maxBytesInProgress: number;
}

// Queues count events, but events can be large: what is held of bodies is bounded by itself. Three bodies of the
// largest size, compressed or not, always fit.
const MIN_BYTES_IN_PROGRESS = 134_217_728;
const BODIES_IN_PROGRESS = 3;

/** How many bytes of bodies are served at once where no body may have more than `maxBodyBytes`. */
export function limitsFor(maxBodyBytes: number): BodyLimits {
  return {
    maxBodyBytes,
    maxBytesInProgress: Math.max(MIN_BYTES_IN_PROGRESS, 2 * BODIES_IN_PROGRESS * maxBodyBytes),
  };
}

/**
 * Reads the bodies of all requests. A request's bytes count from when they arrive until it is served, and one that
 * would take more than there may be at once is refused with an {@link UnavailableError}.
 */
export class Bodies {
  readonly #limits: BodyLimits;
  #bytesInProgress = 0;
  /** Told what requests held, if rates are limited. */
  onServed:
    | ((request: IncomingMessage, held: { readonly events?: number; readonly bytes?: number }) => void)
    | undefined;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Says how many events of a request are committed. */
  count(request: IncomingMessage, events: number): void {
    this.onServed?.(request, { events });
  }

  /** Bytes held at the moment. */
  get bytesInProgress(): number {
    return this.#bytesInProgress;
  }

  /**
   * Reads a body, lets `serve` do with it what the request wants, and settles as that does. `admit` is asked before anything is
   * read of one that its headers do not refuse already; it throws to refuse it.
   */
  async read<T>(
    request: IncomingMessage,
    serve: (body: Buffer) => Promise<T>,
    admit?: () => void,
  ): Promise<T> {
    let held = 0;
    const hold = (bytes: number) => {
      if (this.#bytesInProgress + bytes > this.#limits.maxBytesInProgress) {
        throw new UnavailableError('queue-full', 'Too many bytes are being stored at once.');
      }
      held += bytes;
      this.#bytesInProgress += bytes;
    };
    try {
      return await serve(await readBody(request, this.#limits.maxBodyBytes, hold, admit));
    } finally {
      this.#bytesInProgress -= held;
      this.onServed?.(request, { bytes: held });
    }
  }
}

/** Told of bytes of memory before they are taken; throws to end it all. */
type Hold = (bytes: number) => void;

/**
 * Reads a request's body, decompressed, of at most `maxBytes`. If it is larger than what comes at once, it lies in memory
 * of its own. `hold` is told of all that is kept, compressed bytes too. What can be refused by the headers alone is
 * refused before anything is read, and `admit` asked after that. Throws a {@link Problem}: 400, 413 or 415.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  hold: Hold = () => undefined,
  admit?: () => void,
): Promise<Buffer> {
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && /^\s*multipart\//i.test(contentType)) {
    throw new Problem(415, 'unsupported-media-type', 'Send the JSON itself, not a multipart form.');
  }
  const decode = decoderOf(request);
  const length = Number(request.headers['content-length'] ?? NaN);
  // Compressed bytes count as well as those they expand to.
  if (length > maxBytes) throw tooLarge(maxBytes);
  admit?.();
  const body = await readWhole(request, new Gathered(maxBytes, length || maxBytes, hold));
  return decode === undefined ? body : decode(body, new Gathered(maxBytes, maxBytes, hold));
}

/** What JSON text line by line is called; all four names are in use. */
export const ndjsonTypes: readonly string[] = ['x-ndjson', 'ndjson', 'jsonl', 'x-jsonlines'].map(
  (name) => `application/${name}`,
);

/** Whether a body holds JSON text line by line, by what its client calls it. */
export function isNdjson({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const type = headers['content-type'];
  return type !== undefined && ndjsonTypes.includes(type.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

function readWhole(request: IncomingMessage, gathered: Gathered): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      try {
        gathered.add(chunk);
      } catch (error) {
        gathered.drop();
        request.removeAllListeners('data');
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    request.on('end', () => resolve(gathered.bytes));
    request.on('error', (error) => reject(incomplete(error)));
    request.on('close', () => {
      if (!request.complete) reject(incomplete());
    });
  });
}

function incomplete(cause?: Error): Problem {
  return new Problem(400, 'invalid-body', 'The request ended before its body was complete.', { cause });
}

const NOTHING = Buffer.alloc(0);
const LEAST_GROWN_BYTES = 4096;

/**
 * Bytes that come in chunks, in one buffer that grows twofold. Into how many chunks a body is cut is the client's choice,
 * so each costs no more than its bytes do: no entry of an array, no message to another thread.
 */
class Gathered {
  readonly #maxBytes: number;
  /** At most so many will come. */
  readonly #expected: number;
  readonly #hold: Hold;
  #buffer: Buffer = NOTHING;
  #length = 0;

  constructor(maxBytes: number, expected: number, hold: Hold) {
    this.#maxBytes = maxBytes;
    this.#expected = expected;
    this.#hold = hold;
  }

  get bytes(): Buffer {
    return this.#buffer.length === this.#length ? this.#buffer : this.#buffer.subarray(0, this.#length);
  }

  /** Throws 413, or what `hold` throws, before anything is kept of the chunk. */
  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (this.#length === 0) {
      // Most bodies are one chunk, and stay where they are.
      this.#hold(chunk.length);
      this.#buffer = chunk;
    } else {
      if (length > this.#buffer.length) this.#grow(length);
      chunk.copy(this.#buffer, this.#length);
      letGoOf(chunk);
    }
    this.#length = length;
  }

  /** Lets go of what came. */
  drop(): void {
    this.#buffer = NOTHING;
    this.#length = 0;
  }

  #grow(needed: number): void {
    const bytes = Math.max(needed, Math.min(this.#expected, Math.max(2 * needed, LEAST_GROWN_BYTES)));
    this.#hold(bytes - this.#buffer.length);
    const grown = Buffer.allocUnsafeSlow(bytes);
    this.#buffer.copy(grown, 0, 0, this.#length);
    letGoOf(this.#buffer);
    this.#buffer = grown;
  }
}

// Chunks of large bodies are nearly 64 KiB. Less is not worth the call, and may lie in memory that is handed out anew.
const LEAST_LET_GO_BYTES = 32_768;

/**
 * Gives the memory of a chunk that was copied back, if it is the chunk's own. V8 would do so as well, but it takes the bytes
 * of dead chunks for a reason to look through all of its heap, at some ten bodies each time.
 */
function letGoOf({ buffer, length }: Buffer): void {
  if (length >= LEAST_LET_GO_BYTES && buffer.byteLength === length) letGo([buffer]);
}

/** Returns a body's bytes, decoded no further than `into` takes. */
type Decode = (compressed: Buffer, into: Gathered) => Promise<Buffer>;

/**
 * How to decode a request's body; undefined if it is not encoded. Throws 415 for what is not read, also for one
 * encoding inside another: that is only ever a bomb.
 */
function decoderOf(request: IncomingMessage): Decode | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  switch (encoding) {
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return (compressed, into) => decompress(compressed, createGunzip(decoded), encoding, into);
    case 'br':
      return (compressed, into) => decompress(compressed, createBrotliDecompress(decoded), encoding, into);
    case 'deflate':
      return (compressed, into) => decompress(compressed, inflaterOf(compressed), encoding, into);
    default:
      throw new Problem(
        415,
        'unsupported-media-type',
        'Content-Encoding must be gzip, deflate, br or identity.',
        { headers: { 'accept-encoding': 'gzip, deflate, br' } },
      );
  }
}

const decoded = { chunkSize: 65_536 };

async function decompress(
  compressed: Buffer,
  decoder: Transform,
  encoding: string,
  into: Gathered,
): Promise<Buffer> {
  try {
    await pipeline([compressed], decoder, async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) into.add(chunk);
    });
  } catch (error) {
    if (error instanceof Problem || error instanceof UnavailableError) throw error;
    throw new Problem(400, 'invalid-body', `The body is not valid ${encoding}, or is cut off.`, {
      cause: error,
    });
  }
  return into.bytes;
}

/** RFC 9110 means the zlib format; many clients send the bare stream. Method 8 in the low bits tells them apart. */
function inflaterOf(compressed: Buffer): Transform {
  return ((compressed[0] ?? 0) & 0x0f) === 8 ? createInflate(decoded) : createInflateRaw(decoded);
}
