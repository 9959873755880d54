import { isUtf8 } from 'node:buffer';

import { Problem } from '../frontdoor/problem.ts';
import { jsonBoundsFault } from './json-bounds.ts';

/** Parses a body as JSON. Throws a 400 {@link Problem} for what is none, or what nobody sends in earnest. */
export function parseJson(body: Buffer): unknown {
  const fault = jsonBoundsFault(body);
  if (fault !== undefined) throw new Problem(400, 'invalid-body', `The body ${fault}.`);
  const text = decodeUtf8(body);
  if (text.trim() === '') throw new Problem(400, 'invalid-body', 'The body is empty; JSON is needed.');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine's message quotes the body, so only the place is passed on.
    const place = error instanceof Error ? (/ at position \d+/.exec(error.message)?.[0] ?? '') : '';
    throw new Problem(400, 'invalid-body', `The body is not valid JSON${place}.`);
  }
}

/** The body as text, without the byte order mark that RFC 8259 lets us ignore. Throws a 400 {@link Problem}. */
function decodeUtf8(body: Buffer): string {
  // Replacing what is not UTF-8 would turn two different names into one.
  if (!isUtf8(body)) throw new Problem(400, 'invalid-body', 'The body is not valid UTF-8.');
  return withoutByteOrderMark(body).toString('utf8');
}

/** The same bytes without the byte order mark of UTF-8 in front, if there is one. */
export function withoutByteOrderMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}
