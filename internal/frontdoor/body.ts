import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import { decoderOf } from './content-encoding.ts';
import { MAX_NESTING, nestsTooDeep } from './nesting.ts';
import { Problem, tooLarge } from './problem.ts';

/**
 * Reads a request's body as text and parses it as JSON. `maxBytes` counts decompressed bytes, and reading stops
 * there. Throws a {@link Problem}: 400, 413 or 415.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readDecoded(request, maxBytes);
  // Replacing what is not UTF-8 would turn two different names into one.
  if (!isUtf8(bytes)) throw new Problem(400, 'invalid-body', 'The body is not valid UTF-8.');
  if (nestsTooDeep(bytes)) {
    throw new Problem(400, 'invalid-body', `The body nests deeper than ${MAX_NESTING} levels.`);
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') throw new Problem(400, 'invalid-body', 'The body is empty; JSON is needed.');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's message quotes the body, so only the place is passed on.
    const place = error instanceof Error ? (/ at position \d+/.exec(error.message)?.[0] ?? '') : '';
    throw new Problem(400, 'invalid-body', `The body is not valid JSON${place}.`);
  }
}

/** What can be refused by the headers alone is refused before anything is read. */
async function readDecoded(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && /^\s*multipart\//i.test(contentType)) {
    throw new Problem(415, 'unsupported-media-type', 'Send the JSON itself, not a multipart form.');
  }
  const decode = decoderOf(request);
  // Compressed bytes count as well as those they expand to.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  return decode === undefined ? bytes : decode(bytes, maxBytes);
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        chunks.length = 0;
        request.removeAllListeners('data');
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes));
    });
    request.on('error', (error) => reject(incomplete(error)));
    request.on('close', () => {
      if (!request.complete) reject(incomplete());
    });
  });
}

function incomplete(cause?: Error): Problem {
  return new Problem(400, 'invalid-body', 'The request ended before its body was complete.', { cause });
}
