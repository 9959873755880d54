import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';

import { Problem } from './problem.ts';

/**
 * Reads a request's body as text and parses it as JSON. `maxBytes` counts decompressed bytes, and reading stops
 * there. Throws a {@link Problem}: 400, 413 or 415.
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  if (text.trim() === '') throw new Problem(400, 'invalid-body', 'The body is empty; JSON is needed.');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's message quotes the body, so only the place is passed on.
    const place = error instanceof Error ? (/ at position \d+/.exec(error.message)?.[0] ?? '') : '';
    throw new Problem(400, 'invalid-body', `The body is not valid JSON${place}.`);
  }
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const contentType = request.headers['content-type'];
  if (contentType !== undefined && /^\s*multipart\//i.test(contentType)) {
    throw new Problem(415, 'unsupported-media-type', 'Send the JSON itself, not a multipart form.');
  }
  // What is announced too large need not be read at all; compressed bytes count as well as those they expand to.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const encoding = request.headers['content-encoding'];
  const bytes =
    encoding === undefined || encoding === 'identity'
      ? await readBytes(request, maxBytes)
      : await readCompressed(request, encoding.trim().toLowerCase(), maxBytes);
  // Replacing what is not UTF-8 would turn two different names into one.
  if (!isUtf8(bytes)) throw new Problem(400, 'invalid-body', 'The body is not valid UTF-8.');
  return bytes.toString('utf8');
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

async function readCompressed(request: IncomingMessage, encoding: string, maxBytes: number): Promise<Buffer> {
  const compressed = await readBytes(request, maxBytes);
  const decoder = decoderOf(encoding, compressed);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    await pipeline([compressed], decoder, async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        chunks.push(chunk);
      }
    });
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'invalid-body', `The body is not valid ${encoding}, or is cut off.`, {
      cause: error,
    });
  }
  return Buffer.concat(chunks, bytes);
}

function decoderOf(encoding: string, compressed: Buffer): Transform {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      // RFC 9110 means the zlib format; many clients send the bare stream. Method 8 in the low bits tells them apart.
      return ((compressed[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      throw new Problem(
        415,
        'unsupported-media-type',
        'Content-Encoding must be gzip, deflate, br or identity.',
        {
          headers: { 'accept-encoding': 'gzip, deflate, br' },
        },
      );
  }
}

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'too-large', `The body is larger than ${maxBytes} bytes, decompressed.`);
}

function incomplete(cause?: Error): Problem {
  return new Problem(400, 'invalid-body', 'The request ended before its body was complete.', { cause });
}
