import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { UnavailableError } from '../shards/unavailable.ts';
import { Problem } from './problem.ts';

/** Told of each decoded chunk's bytes before it is kept; throws to end it all. */
export type TakeBytes = (bytes: number) => void;

/** Returns a body's bytes, decoded no further than `take` allows. */
export type Decode = (compressed: readonly Buffer[], take: TakeBytes) => Promise<Buffer[]>;

/**
 * How to decode a request's body; undefined if it is not encoded. Throws 415 for what is not read, also for one
 * encoding inside another: that is only ever a bomb.
 */
export function decoderOf(request: IncomingMessage): Decode | undefined {
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
