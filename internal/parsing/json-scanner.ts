/** Bytes that are not valid JSON; `at` is the position of the byte that cannot be there. */
export class MalformedJson extends Error {
  override readonly name = 'MalformedJson';
  readonly at: number;

  constructor(at: number, what = 'not valid JSON') {
    super(what);
    this.at = at;
  }
}

/** Deepest nesting of a value that is kept as it came: far more than any real one, and far less than what Postgres takes for its `json`. */
export const MAX_VALUE_NESTING = 1000;

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;
const LINE_FEED = 0x0a;

/**
 * A validating scanner of JSON (RFC 8259) over UTF-8 bytes that are known to be valid UTF-8. It says where values
 * end and builds nothing: no memory beyond the bytes, whatever a body holds, and values can be kept as they came.
 * It is as strict as `JSON.parse`, with a bound on nesting. All functions throw {@link MalformedJson}.
 */

/** The position of the first byte from `at` on that is no whitespace. */
export function skipSpace(json: Uint8Array, at: number): number {
  for (;;) {
    const byte = json[at];
    if (byte !== 0x20 && byte !== LINE_FEED && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** Returns the position after the value that begins exactly at `at`, `depth` levels deep. */
export function skipValue(json: Uint8Array, at: number, depth: number): number {
  switch (json[at]) {
    case QUOTE:
      return skipString(json, at);
    case OPEN_BRACE:
      return skipObject(json, at, depth + 1);
    case OPEN_BRACKET:
      return skipArray(json, at, depth + 1);
    case 0x74:
      return skipWord(json, at, TRUE);
    case 0x66:
      return skipWord(json, at, FALSE);
    case 0x6e:
      return skipWord(json, at, NULL);
    default:
      return skipNumber(json, at);
  }
}

/** Returns the position after the string whose opening quote is at `at`. */
export function skipString(json: Uint8Array, at: number): number {
  if (json[at] !== QUOTE) throw new MalformedJson(at);
  for (at++; ; at++) {
    while (plain[json[at] ?? 0] === 1) at++;
    const byte = json[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) throw new MalformedJson(at);
    at = skipEscape(json, at + 1);
  }
}

/** 1 for bytes that mean nothing in a string but themselves. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);

/** Returns the position after `expected`, which must be at the next byte that is no whitespace. */
export function skipMark(json: Uint8Array, at: number, expected: number): number {
  at = skipSpace(json, at);
  if (json[at] !== expected) throw new MalformedJson(at);
  return at + 1;
}

/** The position of an escape's last byte; `at` is the one after the backslash. */
function skipEscape(json: Uint8Array, at: number): number {
  const byte = json[at];
  if (byte === 0x75) {
    for (const end = at + 4; at < end;) {
      if (!isHexDigit(json[++at])) throw new MalformedJson(at);
    }
    return at;
  }
  // "\/bfnrt
  const known =
    byte === QUOTE ||
    byte === BACKSLASH ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74;
  if (!known) throw new MalformedJson(at);
  return at;
}

function skipObject(json: Uint8Array, at: number, depth: number): number {
  if (depth > MAX_VALUE_NESTING) throw tooDeep(at);
  at = skipSpace(json, at + 1);
  if (json[at] === CLOSE_BRACE) return at + 1;
  for (;;) {
    at = skipMark(json, skipString(json, at), COLON);
    at = skipSpace(json, skipValue(json, skipSpace(json, at), depth));
    if (json[at] === CLOSE_BRACE) return at + 1;
    at = skipSpace(json, skipMark(json, at, COMMA));
  }
}

function skipArray(json: Uint8Array, at: number, depth: number): number {
  if (depth > MAX_VALUE_NESTING) throw tooDeep(at);
  at = skipSpace(json, at + 1);
  if (json[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    at = skipSpace(json, skipValue(json, at, depth));
    if (json[at] === CLOSE_BRACKET) return at + 1;
    at = skipSpace(json, skipMark(json, at, COMMA));
  }
}

/** -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
function skipNumber(json: Uint8Array, at: number): number {
  if (json[at] === MINUS) at++;
  at = json[at] === 0x30 ? at + 1 : skipDigits(json, at);
  if (json[at] === 0x2e) at = skipDigits(json, at + 1);
  if (json[at] === 0x65 || json[at] === 0x45) {
    at++;
    if (json[at] === 0x2b || json[at] === MINUS) at++;
    at = skipDigits(json, at);
  }
  return at;
}

function skipDigits(json: Uint8Array, at: number): number {
  if (!isDigit(json[at])) throw new MalformedJson(at);
  for (at++; isDigit(json[at]);) at++;
  return at;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

function skipWord(json: Uint8Array, at: number, word: Uint8Array): number {
  for (const byte of word) {
    if (json[at] !== byte) throw new MalformedJson(at);
    at++;
  }
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66);
}

function tooDeep(at: number): MalformedJson {
  return new MalformedJson(at, `nested deeper than ${MAX_VALUE_NESTING} levels`);
}
