import { isUtf8 } from 'node:buffer';

import { Problem } from '../frontdoor/problem.ts';

/** Deepest nesting of a JSON body; far more than any real one, far less than what hurts. */
export const MAX_NESTING = 10_000;
/** Most values that a JSON body may hold, its members and elements counted. */
export const MAX_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

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

/**
 * Why JSON text (UTF-8) must not be parsed, or undefined. `JSON.parse` takes 40 bytes and more for each open level and
 * each value, however small: 32 MiB of "[" or of "{}," would take more than a gigabyte.
 */
export function jsonBoundsFault(json: Uint8Array): string | undefined {
  if (json.length <= MAX_NESTING) return undefined;
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_NESTING) return `nests deeper than ${MAX_NESTING} levels`;
      values++;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--;
    } else if (byte === COMMA) {
      values++;
    }
    if (values > MAX_VALUES) return `holds more than ${MAX_VALUES} values`;
  }
  return undefined;
}
