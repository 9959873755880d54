import { isUtf8 } from 'node:buffer';

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

/** Returns the position after the value that begins exactly at `at`, which is itself within `depth` levels that count. */
export function skipValue(json: Uint8Array, at: number, depth = 0): number {
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

/** What may be found in an item, by its key: a value by what its kernel calls it, or what a kernel leaves to others. */
export type ShapeFields = Readonly<Record<string, ShapeField | 'other'>>;

interface ShapeField {
  readonly kind: number;
  readonly type: 'text' | 'number' | 'any';
}

/** What the items of a body have in common if they are alike: all but some values, each of which every item has once. */
export interface Shape {
  /** The kinds of the values, in their order. */
  readonly kinds: readonly number[];
  /**
   * The bytes ahead of each value, and those between the last value of an item and the first of the next; at most
   * {@link MAX_GAP_BYTES} each.
   */
  readonly gaps: readonly Buffer[];
  /** How many bytes of the last gap belong to the item that ends. */
  readonly endingBytes: number;
}

/** Longest of a shape's gaps. */
export const MAX_GAP_BYTES = 4096;
/** An item that is longer until it ends is looked at by itself. */
const MAX_ITEM_BYTES = 4096;

/** Where a value lies in its item: [from, to); of a text without its quotes. */
interface Value {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Learns the shape of a body from its first item, which is checked in full but for the values of `fields`; or undefined if
 * it lacks one of those, or has something other, or is more than a kernel should see to.
 */
export function learnShape(body: Buffer, format: 'array' | 'ndjson', fields: ShapeFields): Shape | undefined {
  let from = skipSpace(body, 0);
  if (format === 'array') {
    if (body[from] !== OPEN_BRACKET) return undefined;
    from = skipSpace(body, from + 1);
  }
  const item = readItem(body.subarray(from, from + MAX_ITEM_BYTES), fields);
  if (item === undefined) return undefined;
  const { text, values } = item;
  const wanted = Object.values(fields).filter((field) => field !== 'other');
  // A line break within an item would be one in a line.
  const isBroken = !isUtf8(text) || (format === 'ndjson' && text.includes(LINE_FEED));
  if (isBroken || values.length !== wanted.length) return undefined;
  const ahead = values.map((value, index) => text.subarray(values[index - 1]?.to ?? 0, value.from));
  const ending = text.subarray(values.at(-1)?.to);
  const between = [ending, separatorAt(body, from + text.length, format), ahead[0] ?? ending];
  const gaps = [...ahead, Buffer.concat(between)];
  if (gaps.some(({ length }) => length > MAX_GAP_BYTES)) return undefined;
  return { kinds: values.map(({ kind }) => kind), gaps, endingBytes: ending.length };
}

/** The object that the bytes begin with, and its values; undefined if it does not end there, or has what it must not. */
function readItem(bytes: Buffer, fields: ShapeFields): { text: Buffer; values: Value[] } | undefined {
  const values: Value[] = [];
  try {
    let at = skipMark(bytes, 0, OPEN_BRACE);
    for (;;) {
      at = skipSpace(bytes, at);
      const keyEnd = skipString(bytes, at);
      const key = bytes.toString('latin1', at + 1, keyEnd - 1);
      // A key may be written in other ways, too.
      const field = key.includes('\\') ? 'other' : Object.hasOwn(fields, key) ? fields[key] : undefined;
      const from = skipSpace(bytes, skipMark(bytes, keyEnd, COLON));
      const to = skipValue(bytes, from);
      if (field === 'other') return undefined;
      if (field !== undefined) {
        const { kind, type } = field;
        const isText = bytes[from] === QUOTE;
        if (type !== 'any' && isText !== (type === 'text')) return undefined;
        if (values.some((value) => value.kind === kind)) return undefined;
        values.push(type === 'text' ? { kind, from: from + 1, to: to - 1 } : { kind, from, to });
      }
      at = skipSpace(bytes, to);
      if (bytes[at] === CLOSE_BRACE) return { text: bytes.subarray(0, at + 1), values };
      at = skipMark(bytes, at, COMMA);
    }
  } catch (error) {
    if (error instanceof MalformedJson) return undefined;
    throw error;
  }
}

/** What stands between the item that ends at `end` and the next one; if there is none, what would usually. */
function separatorAt(body: Buffer, end: number, format: 'array' | 'ndjson'): Buffer {
  let at = skipSpace(body, end);
  if (format === 'array' && body[at] === COMMA) at = skipSpace(body, at + 1);
  const separator = body.subarray(end, at);
  const mark = format === 'array' ? COMMA : LINE_FEED;
  return separator.length < MAX_GAP_BYTES && separator.includes(mark) ? separator : Buffer.from([mark]);
}
