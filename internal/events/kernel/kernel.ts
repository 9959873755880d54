/*
 * Scans the payload events of a body whose items are alike, and writes them as rows of binary COPY (rows.ts). AssemblyScript, as
 * the kernel of reports is. It checks `data` as strictly as the careful reader, and leaves to that whatever it is not sure
 * of: it never says what is wrong with an event. That the body is valid UTF-8 is for the caller to know.
 *
 * Its memory: the shape that items are held against, then the body, then the rows.
 */

import {
  copyWords,
  gapAt,
  isClosed,
  isSame,
  MAX_GAP_BYTES,
  openBody,
  PAGE,
  reserve,
  skipSpace,
  stopsOf,
  UNALIKE,
  WORD,
} from '../../parsing/kernel/bytes';

const GAPS: usize = 3;
const SHAPE: usize = PAGE;
const BODY: usize = (SHAPE + GAPS * (MAX_GAP_BYTES + WORD) + PAGE - 1) & ~(PAGE - 1);

const FIELDS: u16 = 2;
const TIME_BYTES: u32 = 8;
/** Of a row, ahead of its data. */
const HEAD_BYTES: usize = 2 + 4 + 8 + 4;
/** Postgres counts from 2000-01-01, in microseconds. */
const EPOCH_2000: f64 = 946684800e6;

/** Deepest nesting that a kernel looks into. */
const MAX_DEPTH: u32 = 64;
/** Microseconds of today have so many. */
const MAX_DIGITS: u32 = 16;
/** A double holds all whole numbers up to here. */
const MAX_EXACT: u64 = 1 << 53;
/** From here on moving memory as a whole is quicker. */
const MANY_BYTES: usize = 256;

/** The value that comes first: data, or else the timestamp. */
let isDataFirst: bool = false;
let gap0: usize = 0;
let gap1: usize = 0;
let between: usize = 0;
let ending: usize = 0;
/** A line feed within an item would be one in a line. */
let isArray: bool = false;

let rowsEnd: usize = 0;
let rowsFrom: usize = 0;
let foundMicros: f64 = 0;

/** Makes room for a body and returns where it goes, or 0. */
export function makeRoom(bytes: u32): usize {
  // A row is shorter than its item, and copied by words.
  return reserve(BODY + 2 * usize(bytes) + 4 * WORD) ? BODY : 0;
}

/** Where the gaps of a shape go, {@link MAX_GAP_BYTES} and a word apart. */
export function shapeAt(): usize {
  return SHAPE;
}

/**
 * Says what items look like. Gaps: ahead of the first value and of the second; between the second value of one item and
 * the first of the next; and from the second value to the end of its item, which the one before begins with.
 */
export function setShape(dataFirst: bool, lengthA: u32, lengthB: u32, next: u32, last: u32): void {
  isDataFirst = dataFirst;
  gap0 = lengthA;
  gap1 = lengthB;
  between = next;
  ending = last;
}

/** Where the rows of the last scan begin. */
export function rowsAt(): usize {
  return rowsFrom;
}

export function rowsBytes(): usize {
  return rowsEnd - rowsFrom;
}

/** Scans the body of `length` bytes. Returns how many items it has, at most `maxItems`; all timestamps are before `before`, in microseconds. */
export function scan(length: u32, ofArray: bool, before: f64, maxItems: u32): i32 {
  const bodyEnd = BODY + usize(length);
  isArray = ofArray;
  rowsFrom = (bodyEnd + 2 * WORD + 7) & ~7;
  let row = rowsFrom;

  let at = openBody(BODY, bodyEnd, isArray);
  if (at == 0 || !isSame(at, gapAt(SHAPE, 0), gap0)) return UNALIKE;
  at += gap0;
  for (let items: u32 = 1; items <= maxItems; items++) {
    let dataAt = at;
    let dataEnd = at;
    if (isDataFirst) {
      dataEnd = at = skipValue(at);
      if (at == 0) return UNALIKE;
    } else {
      at = readTime(at);
      if (at == 0) return UNALIKE;
    }
    if (!isSame(at, gapAt(SHAPE, 1), gap1)) return UNALIKE;
    at += gap1;
    if (isDataFirst) {
      at = readTime(at);
    } else {
      dataAt = at;
      dataEnd = at = skipValue(at);
    }
    if (at == 0 || foundMicros >= before) return UNALIKE;

    const bytes = dataEnd - dataAt;
    store<u16>(row, bswap<u16>(FIELDS));
    store<u32>(row, bswap<u32>(TIME_BYTES), 2);
    store<i64>(row, bswap<i64>(i64(foundMicros - EPOCH_2000)), 6);
    store<u32>(row, bswap<u32>(u32(bytes)), 14);
    row += HEAD_BYTES;
    if (bytes < MANY_BYTES) copyWords(row, dataAt, bytes);
    else memory.copy(row, dataAt, bytes);
    row += bytes;

    if (isSame(at, gapAt(SHAPE, 2), between)) {
      at += between;
      continue;
    }
    if (!isSame(at, gapAt(SHAPE, 2), ending)) return UNALIKE;
    if (!isClosed(at + ending, bodyEnd, isArray)) return UNALIKE;
    rowsEnd = row;
    return i32(items);
  }
  return UNALIKE;
}

/**
 * Reads unix seconds into `foundMicros`, as `JSON.parse` would, unless they have an exponent, which no gap begins with. Returns
 * where they end, or 0.
 */
function readTime(at: usize): usize {
  const from = at;
  let digits: u64 = 0;
  let byte = u32(load<u8>(at)) - 0x30;
  while (byte <= 9) {
    digits = digits * 10 + byte;
    byte = u32(load<u8>(++at)) - 0x30;
    if (at - from > MAX_DIGITS) return 0;
  }
  if (at == from || (load<u8>(from) == 0x30 && at - from > 1)) return 0;
  let divisor: f64 = 1;
  if (load<u8>(at) == 0x2e) {
    const whole = at - from;
    const point = at;
    byte = u32(load<u8>(++at)) - 0x30;
    while (byte <= 9) {
      digits = digits * 10 + byte;
      divisor *= 10;
      byte = u32(load<u8>(++at)) - 0x30;
      if (whole + (at - point) > MAX_DIGITS + 1) return 0;
    }
    if (at == point + 1) return 0;
  }
  if (digits > MAX_EXACT) return 0;
  // Both are exact, so the quotient is rounded once, as it must be.
  const seconds = f64(digits) / divisor;
  const micros = seconds * 1e6;
  const below = Math.floor(micros);
  foundMicros = Math.min(micros - below >= 0.5 ? below + 1 : below, Math.floor(seconds) * 1e6 + 999999);
  return at;
}

/** Returns where the value that begins exactly at `at` ends, or 0. */
function skipValue(at: usize): usize {
  // A bit for each level, from the innermost on: whether it is an object.
  let kinds: u64 = 0;
  let depth: u32 = 0;
  while (true) {
    const byte = load<u8>(at);
    if (byte == 0x7b || byte == 0x5b) {
      const isObject = byte == 0x7b;
      at = skipBlanks(at + 1);
      if (at == 0) return 0;
      if (load<u8>(at) == (isObject ? 0x7d : 0x5d)) at++;
      else {
        if (++depth > MAX_DEPTH) return 0;
        kinds = (kinds << 1) | u64(isObject);
        if (isObject) at = skipKey(at);
        if (at == 0) return 0;
        continue;
      }
    } else {
      at = skipPlain(at, byte);
      if (at == 0) return 0;
    }
    // A value ended: so may what it is in.
    while (true) {
      if (depth == 0) return at;
      at = skipBlanks(at);
      if (at == 0) return 0;
      const isObject = (kinds & 1) != 0;
      const mark = load<u8>(at);
      if (mark == 0x2c) {
        at = skipBlanks(at + 1);
        if (at != 0 && isObject) at = skipKey(at);
        if (at == 0) return 0;
        break;
      }
      if (mark != (isObject ? 0x7d : 0x5d)) return 0;
      at++;
      depth--;
      kinds >>= 1;
    }
  }
}

/** Skips a key and its colon, and the blanks around that. */
function skipKey(at: usize): usize {
  if (load<u8>(at) != 0x22) return 0;
  at = skipString(at);
  if (at != 0) at = skipBlanks(at);
  if (at == 0 || load<u8>(at) != 0x3a) return 0;
  return skipBlanks(at + 1);
}

/** Skips a value that holds no others and begins with `byte`. */
function skipPlain(at: usize, byte: u32): usize {
  if (byte == 0x22) return skipString(at);
  if (byte == 0x74) return load<u32>(at) == 0x65757274 ? at + 4 : 0;
  if (byte == 0x66) return load<u32>(at, 1) == 0x65736c61 ? at + 5 : 0;
  if (byte == 0x6e) return load<u32>(at) == 0x6c6c756e ? at + 4 : 0;
  return skipNumber(at);
}

/** Skips the string whose opening quote is at `at`. */
function skipString(at: usize): usize {
  at++;
  while (true) {
    const stops = stopsOf(load<u64>(at));
    if (stops == 0) {
      at += WORD;
      continue;
    }
    at += usize(ctz(stops) >> 3);
    const byte = load<u8>(at);
    if (byte == 0x22) return at + 1;
    if (byte != 0x5c) return 0;
    at = skipEscape(at + 1);
    if (at == 0) return 0;
  }
}

/** `at` is behind the backslash. */
function skipEscape(at: usize): usize {
  const byte = load<u8>(at);
  if (byte == 0x75) {
    for (let digit: usize = 1; digit <= 4; digit++) if (!isHexDigit(load<u8>(at + digit))) return 0;
    return at + 5;
  }
  const isKnown =
    byte == 0x22 ||
    byte == 0x5c ||
    byte == 0x2f ||
    byte == 0x62 ||
    byte == 0x66 ||
    byte == 0x6e ||
    byte == 0x72 ||
    byte == 0x74;
  return isKnown ? at + 1 : 0;
}

function isHexDigit(byte: u32): bool {
  return byte - 0x30 <= 9 || (byte | 0x20) - 0x61 <= 5;
}

function skipNumber(at: usize): usize {
  if (load<u8>(at) == 0x2d) at++;
  at = load<u8>(at) == 0x30 ? at + 1 : skipDigits(at);
  if (at != 0 && load<u8>(at) == 0x2e) at = skipDigits(at + 1);
  if (at != 0 && (load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (load<u8>(at) == 0x2b || load<u8>(at) == 0x2d) at++;
    at = skipDigits(at);
  }
  return at;
}

/** At least one. */
function skipDigits(at: usize): usize {
  const from = at;
  while (u32(load<u8>(at)) - 0x30 <= 9) at++;
  return at == from ? 0 : at;
}

/** Blanks within an item, or 0 where a line would end. */
function skipBlanks(at: usize): usize {
  if (load<u8>(at) > 0x20) return at;
  const end = skipSpace(at);
  if (!isArray) for (let blank = at; blank < end; blank++) if (load<u8>(blank) == 0x0a) return 0;
  return end;
}
