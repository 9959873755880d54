import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

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

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes held at the moment. */
  get bytesInProgress(): number {
    return this.#bytesInProgress;
  }

  /** Reads a body, lets `serve` do with it what the request wants, and settles as that does. */
  async read<T>(request: IncomingMessage, serve: (body: Body) => Promise<T>): Promise<T> {
    let held = 0;
    const hold = (bytes: number) => {
      if (this.#bytesInProgress + bytes > this.#limits.maxBytesInProgress) {
        throw new UnavailableError('queue-full', 'Too many bytes are being stored at once.');
      }
      held += bytes;
      this.#bytesInProgress += bytes;
    };
    try {
      return await serve(await readBody(request, this.#limits.maxBodyBytes, hold));
    } finally {
      this.#bytesInProgress -= held;
    }
  }
}

/** A body in the pieces in which it came. They are not put together here: large bodies go to another thread as they are. */
export type Body = readonly Buffer[];

/**
 * Reads a request's body, decompressed, of at most `maxBytes`; `hold` is told of all bytes that are kept, compressed
 * ones too, and may throw to end it. What can be refused by the headers alone is refused before anything is read.
 * Throws a {@link Problem}: 400, 413 or 415.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  hold: TakeBytes = () => undefined,
): Promise<Body> {
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && /^\s*multipart\//i.test(contentType)) {
    throw new Problem(415, 'unsupported-media-type', 'Send the JSON itself, not a multipart form.');
  }
  const decode = decoderOf(request);
  // Compressed bytes count as well as those they expand to.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks = await readChunks(request, atMost(maxBytes, hold));
  return decode === undefined ? chunks : decode(chunks, atMost(maxBytes, hold));
}

/** Counts bytes and throws 413 when they are more than `maxBytes`, before anything is kept of them. */
function atMost(maxBytes: number, hold: TakeBytes): TakeBytes {
  let taken = 0;
  return (bytes) => {
    taken += bytes;
    if (taken > maxBytes) throw tooLarge(maxBytes);
    hold(bytes);
  };
}

function readChunks(request: IncomingMessage, take: TakeBytes): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      try {
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        chunks.length = 0;
        request.removeAllListeners('data');
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    request.on('end', () => resolve(chunks));
    request.on('error', (error) => reject(incomplete(error)));
    request.on('close', () => {
      if (!request.complete) reject(incomplete());
    });
  });
}

function incomplete(cause?: Error): Problem {
  return new Problem(400, 'invalid-body', 'The request ended before its body was complete.', { cause });
}

/** Told of each decoded chunk's bytes before it is kept; throws to end it all. */
type TakeBytes = (bytes: number) => void;

/** Returns a body's bytes, decoded no further than `take` allows. */
type Decode = (compressed: readonly Buffer[], take: TakeBytes) => Promise<Buffer[]>;

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
      return (compressed, take) => decompress(compressed, createGunzip(), encoding, take);
    case 'br':
      return (compressed, take) => decompress(compressed, createBrotliDecompress(), encoding, take);
    case 'deflate':
      return (compressed, take) => decompress(compressed, inflaterOf(compressed), encoding, take);
    default:
      throw new Problem(
        415,
        'unsupported-media-type',
        'Content-Encoding must be gzip, deflate, br or identity.',
        { headers: { 'accept-encoding': 'gzip, deflate, br' } },
      );
  }
}

async function decompress(
  compressed: readonly Buffer[],
  decoder: Transform,
  encoding: string,
  take: TakeBytes,
): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  try {
    await pipeline(compressed, decoder, async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) {
        take(chunk.length);
        chunks.push(chunk);
      }
    });
  } catch (error) {
    if (error instanceof Problem || error instanceof UnavailableError) throw error;
    throw new Problem(400, 'invalid-body', `The body is not valid ${encoding}, or is cut off.`, {
      cause: error,
    });
  }
  return chunks;
}

/** RFC 9110 means the zlib format; many clients send the bare stream. Method 8 in the low bits tells them apart. */
function inflaterOf([first]: readonly Buffer[]): Transform {
  return ((first?.[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
