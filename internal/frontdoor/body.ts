import type { IncomingMessage } from 'node:http';

import { decoderOf, type TakeBytes } from './content-encoding.ts';
import { Problem, tooLarge } from './problem.ts';

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
