/*
 * Scans the reports of a body whose items are alike, groups them, and writes them as rows of layout 2 (report-rows.ts).
 * This is AssemblyScript, a dialect of TypeScript that is compiled to WebAssembly: `load` and `store` go straight to
 * memory, and nothing is ever allocated but by moving an end. Whatever it is not sure of it leaves to the careful reader,
 * so it has to know only one way of writing reports, and never says what is wrong with one.
 *
 * Its memory, from the start: the table of names, which outlives bodies, and what is known of each name; the shape that
 * items are held against; the part that each shard fills; then the body, and behind it parts and rows as they come. Of an
 * item that was read, a column of 8 bytes is left, which overwrites the body: an item is longer than that.
 */

import {
  copyWords,
  FULL,
  gapAt,
  isClosed,
  isSame,
  MAX_GAP_BYTES,
  openBody,
  PAGE,
  reserve,
  stopsOf,
  UNALIKE,
  WORD,
} from '../../../parsing/kernel/bytes';

/** Where JavaScript says which shard a name belongs to, once for each new name; -1 for one that is not valid. */
declare function shardOfName(at: usize, length: u32): i32;

const MAX_NAMES: u32 = 1 << 18;
const MAX_NAME_BYTES: usize = 1 << 23;
/** A name of 255 characters has at most so many bytes. */
const LONGEST_NAME: usize = 1020;
/** So many names that meet in one place are no accident. */
const MAX_PROBES: u32 = 128;
const FIRST_SLOT_BITS: u32 = 10;
const MAX_SHARDS: usize = 256;
const GAPS: u32 = 4;

// A name. The rest is of the part that names it last: its number, the row, and the first second of the row's hour.
const NAME_SIZE: usize = 28;
const NAME_HASH: usize = 0;
const NAME_AT: usize = 4;
const NAME_LENGTH: usize = 8;
const NAME_SHARD: usize = 10;
const NAME_PART: usize = 12;
const NAME_ROW: usize = 16;
const NAME_HOUR_FROM: usize = 20;

// A part: what one shard gets, at most a batch. Its number is never used again.
const PART_SIZE: usize = 36;
const PART_NUMBER: usize = 0;
const PART_SHARD: usize = 4;
const PART_REPORTS: usize = 8;
const PART_ROWS: usize = 12;
const PART_BYTES: usize = 16;
const PART_AT: usize = 20;
const PART_FIRST_ROW: usize = 24;
const PART_LAST_ROW: usize = 28;
const PART_NEXT: usize = 32;

// A row: one service's hour in one part. While rows are written its counts become where the next second goes.
const ROW_SIZE: usize = 24;
const ROW_NAME: usize = 0;
const ROW_HOUR: usize = 4;
const ROW_DEPLOY: usize = 8;
const ROW_ISSUE: usize = 12;
const ROW_NEXT: usize = 16;
/** Another row of the same name in the same part, or 0. */
const ROW_OTHER: usize = 20;

// The regions. Slots: per place of the hash table the number of a name, from 1; half of them stay free.
const SLOTS: usize = PAGE;
const NAMES: usize = SLOTS + 2 * 4 * usize(MAX_NAMES);
const NAME_BYTES: usize = NAMES + usize(MAX_NAMES) * NAME_SIZE;
const SHAPE: usize = NAME_BYTES + MAX_NAME_BYTES + PAGE;
const SHARDS: usize = SHAPE + usize(GAPS) * (MAX_GAP_BYTES + WORD);
const BODY: usize = (SHARDS + 4 * MAX_SHARDS + 2 * PAGE - 1) & ~(PAGE - 1);

const SECONDS_PER_HOUR: u32 = 3600;
const MAX_COUNT: u32 = 0xffff;
/** So many other rows of a name are looked at for its hour. A row may be there twice; a body must not take for ever. */
const MAX_OTHERS: u32 = 16;
const HEAD_BYTES: usize = 10;

// What is between the values of items: which value follows each gap, and how long it is. The last is the end of an item.
const SERVICE: u32 = 0;
const STATE: u32 = 1;
let kind0: u32 = 0;
let kind1: u32 = 0;
let kind2: u32 = 0;
let gap0: usize = 0;
let gap1: usize = 0;
let gap2: usize = 0;
let between: usize = 0;
let ending: usize = 0;

let seed: u64 = 0;
let names: u32 = 0;
let nameEnd: usize = NAME_BYTES;
let slotBits: u32 = FIRST_SLOT_BITS;
let nextPart: u32 = 1;
let firstPart: usize = 0;
let lastPart: usize = 0;
let end: usize = 0;
let batchSize: u32 = 0;

// What was read last, where a function has more to say than one number.
let foundEnd: usize = 0;
let foundTime: u32 = 0;
let foundFraction: bool = false;

/** To be called once. `seed` makes it hard to say beforehand which names meet in the table. */
export function start(withSeed: u64): void {
  seed = withSeed;
  reserve(BODY + PAGE);
}

/** Makes room for a body and returns where it goes, or 0. */
export function makeRoom(bytes: u32): usize {
  return reserve(BODY + usize(bytes) + 2 * WORD) ? BODY : 0;
}

/** Where the gaps of a shape go, {@link MAX_GAP_BYTES} and a word apart. */
export function shapeAt(): usize {
  return SHAPE;
}

/**
 * Says what items look like. Gaps: ahead of the first value, of the second, of the third; between the third value of one
 * item and the first of the next; and from the third value to the end of its item, which the one before begins with.
 */
export function setShape(
  a: u32,
  b: u32,
  c: u32,
  lengthA: u32,
  lengthB: u32,
  lengthC: u32,
  next: u32,
  last: u32,
): void {
  kind0 = a;
  kind1 = b;
  kind2 = c;
  gap0 = lengthA;
  gap1 = lengthB;
  gap2 = lengthC;
  between = next;
  ending = last;
}

/** Whether so much is remembered that it is time to begin anew. */
export function isNearlyFull(): bool {
  return (
    names > MAX_NAMES - (MAX_NAMES >> 2) ||
    nameEnd > NAME_BYTES + (MAX_NAME_BYTES / 4) * 3 ||
    nextPart > 0xf0000000
  );
}

/** The first of the parts that the last scan made, or 0: see PART_ above. */
export function parts(): usize {
  return firstPart;
}

/**
 * Scans the body of `length` bytes. Returns how many items it has, at most `maxItems`; no timestamp is above `latest`.
 * `isArray`: or else lines.
 */
export function scan(length: u32, isArray: bool, latest: u32, maxItems: u32, mostOfPart: u32): i32 {
  const bodyEnd = BODY + usize(length);
  end = (bodyEnd + 2 * WORD + 7) & ~7;
  firstPart = lastPart = 0;
  batchSize = mostOfPart;
  memory.fill(SHARDS, 0, 4 * MAX_SHARDS);

  let at = openBody(BODY, bodyEnd, isArray);
  if (at == 0 || !isSame(at, gapAt(SHAPE, 0), gap0)) return UNALIKE;
  at += gap0;
  let column = BODY;
  for (let items: u32 = 1; ; items++) {
    let name: usize = 0;
    let state: usize = 0;
    let time: u32 = 0;
    for (let index: u32 = 0; index < 3; index++) {
      if (index == 1) {
        if (!isSame(at, gapAt(SHAPE, 1), gap1)) return UNALIKE;
        at += gap1;
      } else if (index == 2) {
        if (!isSame(at, gapAt(SHAPE, 2), gap2)) return UNALIKE;
        at += gap2;
      }
      const kind = index == 0 ? kind0 : index == 1 ? kind1 : kind2;
      if (kind == SERVICE) {
        name = intern(at);
        if (name <= 1) return name == 0 ? UNALIKE : FULL;
        at = foundEnd;
      } else if (kind == STATE) {
        const word = load<u64>(at);
        if ((word & 0xffffffffffff) == 0x796f6c706564) {
          at += 6; // deploy
        } else if ((word & 0xffffffffff) == 0x6575737369) {
          at += 5; // issue
          state = 1;
        } else return UNALIKE;
      } else {
        at = readTime(at);
        if (at == 0) return UNALIKE;
        time = foundTime;
        if (time > latest || (foundFraction && time == latest)) return UNALIKE;
      }
    }
    if (items > maxItems) return UNALIKE;

    const part = partOf(name);
    if (part == 0) return FULL;
    store<u32>(part, load<u32>(part, PART_REPORTS) + 1, PART_REPORTS);
    let row: usize;
    if (load<u32>(name, NAME_PART) == load<u32>(part, PART_NUMBER)) {
      row = load<u32>(name, NAME_ROW);
      if (time - load<u32>(name, NAME_HOUR_FROM) >= SECONDS_PER_HOUR) row = turnTo(part, name, row, time);
    } else {
      row = openRow(part, name, time / SECONDS_PER_HOUR, 0);
    }
    if (row == 0) return FULL;
    let count = load<u32>(row + (state << 2), ROW_DEPLOY);
    if (count == MAX_COUNT) {
      row = openRow(part, name, time / SECONDS_PER_HOUR, row);
      if (row == 0) return FULL;
      count = 0;
    }
    store<u32>(row + (state << 2), count + 1, ROW_DEPLOY);
    store<u32>(column, u32(row + state));
    store<u32>(column, time - load<u32>(name, NAME_HOUR_FROM), 4);
    column += 8;

    if (isSame(at, gapAt(SHAPE, 3), between)) {
      at += between;
      continue;
    }
    if (!isSame(at, gapAt(SHAPE, 3), ending)) return UNALIKE;
    if (!isClosed(at + ending, bodyEnd, isArray)) return UNALIKE;
    return writeRows(column) ? i32(items) : FULL;
  }
}

/** The name at `at`, or 0 if it is unlike what can be a name, or 1 if there is no room for it. Its end is in `foundEnd`. */
function intern(at: usize): usize {
  const from = at;
  let hash = seed;
  let stop: u64;
  for (;;) {
    const word = load<u64>(at);
    stop = stopsOf(word);
    if (stop != 0) {
      const bits = ctz(stop) & ~7;
      hash = mix(hash, word & ((u64(1) << bits) - 1));
      at += usize(bits >> 3);
      break;
    }
    hash = mix(hash, word);
    at += WORD;
  }
  foundEnd = at;
  const length = at - from;
  if (load<u8>(at) != 0x22 || length > LONGEST_NAME) return 0;
  const short = u32(mix(hash, length) >> 32);
  const mask = (u32(1) << slotBits) - 1;
  for (let probe: u32 = 0; probe < MAX_PROBES; probe++) {
    const slot = SLOTS + (usize((short + probe) & mask) << 2);
    const number = load<u32>(slot);
    if (number == 0) return learn(slot, short, from, length);
    const name = NAMES + usize(number - 1) * NAME_SIZE;
    if (
      load<u32>(name, NAME_HASH) == short &&
      load<u16>(name, NAME_LENGTH) == u16(length) &&
      isSame(from, load<u32>(name, NAME_AT), length)
    ) {
      return name;
    }
  }
  return 1;
}

function mix(hash: u64, word: u64): u64 {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

function learn(slot: usize, hash: u32, from: usize, length: usize): usize {
  if (names + 1 == MAX_NAMES || nameEnd + length + WORD > NAME_BYTES + MAX_NAME_BYTES) return 1;
  const shard = shardOfName(from, u32(length));
  if (shard < 0) return 0;
  const name = NAMES + usize(names) * NAME_SIZE;
  names++;
  store<u32>(slot, names);
  store<u32>(name, hash, NAME_HASH);
  store<u32>(name, u32(nameEnd), NAME_AT);
  store<u16>(name, u16(length), NAME_LENGTH);
  store<u16>(name, u16(shard), NAME_SHARD);
  store<u32>(name, 0, NAME_PART);
  memory.copy(nameEnd, from, length);
  nameEnd += length;
  if (names >> (slotBits - 1) != 0) growTable();
  return name;
}

/** Doubles the table and puts all names in again. */
function growTable(): void {
  slotBits++;
  memory.fill(SLOTS, 0, usize(4) << slotBits);
  const mask = (u32(1) << slotBits) - 1;
  for (let number: u32 = 1; number <= names; number++) {
    let place = load<u32>(NAMES + usize(number - 1) * NAME_SIZE, NAME_HASH);
    while (load<u32>(SLOTS + (usize(place & mask) << 2)) != 0) place++;
    store<u32>(SLOTS + (usize(place & mask) << 2), number);
  }
}

/** Reads unix seconds into `foundTime`, without their fraction, and whether there is one. Returns where it ends, or 0. */
function readTime(at: usize): usize {
  const from = at;
  let value: u64 = 0;
  const word = load<u64>(at);
  const digits = word - 0x3030303030303030;
  // All eight are digits: none is below '0', and none above '9'.
  if (
    ((word & 0xf0f0f0f0f0f0f0f0) ^ 0x3030303030303030) == 0 &&
    ((digits + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) == 0
  ) {
    const pairs = digits * 10 + (digits >> 8);
    value =
      (((pairs & 0x000000ff000000ff) * 0x000f424000000064 +
        ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
        32) &
      0xffffffff;
    at += WORD;
  }
  for (;;) {
    const digit = u32(load<u8>(at)) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
    at++;
    if (at - from > 10) return 0;
  }
  if (at == from || value > 0xffffffff) return 0;
  if (load<u8>(from) == 0x30 && at - from > 1) return 0;
  foundTime = u32(value);
  foundFraction = load<u8>(at) == 0x2e;
  return foundFraction ? skipFraction(at + 1) : at;
}

/** Returns where the digits from `at` on end, or 0 if there are none, or if rounding could make a second of them. */
function skipFraction(at: usize): usize {
  const from = at;
  let isNines = true;
  for (; u32(load<u8>(at)) - 0x30 <= 9; at++) {
    if (load<u8>(at) != 0x39) isNines = false;
    // A double holds unix seconds to a quarter of a microsecond.
    if (isNines && at - from == 5) return 0;
  }
  return at == from ? 0 : at;
}

/** The part that a name's shard fills, or 0 if there is no room. */
function partOf(name: usize): usize {
  const shard = usize(load<u16>(name, NAME_SHARD));
  const part = usize(load<u32>(SHARDS + (shard << 2)));
  if (part != 0 && load<u32>(part, PART_REPORTS) < batchSize) return part;
  return openPart(shard);
}

function openPart(shard: usize): usize {
  const part = allocate(PART_SIZE);
  if (part == 0) return 0;
  memory.fill(part, 0, PART_SIZE);
  store<u32>(part, nextPart++, PART_NUMBER);
  store<u32>(part, u32(shard), PART_SHARD);
  store<u32>(SHARDS + (shard << 2), u32(part));
  if (lastPart == 0) firstPart = part;
  else store<u32>(lastPart, u32(part), PART_NEXT);
  lastPart = part;
  return part;
}

/** The row of a name's other hour; `row` is that of the hour that was read last. */
function turnTo(part: usize, name: usize, row: usize, time: u32): usize {
  const hour = time / SECONDS_PER_HOUR;
  let other = usize(load<u32>(row, ROW_OTHER));
  let before = row;
  for (let looked: u32 = 0; other != 0 && looked < MAX_OTHERS; looked++) {
    const next = usize(load<u32>(other, ROW_OTHER));
    if (load<u32>(other, ROW_HOUR) == hour) {
      // It comes first, as it was used last.
      store<u32>(before, u32(next), ROW_OTHER);
      store<u32>(other, u32(row), ROW_OTHER);
      store<u32>(name, u32(other), NAME_ROW);
      store<u32>(name, hour * SECONDS_PER_HOUR, NAME_HOUR_FROM);
      return other;
    }
    before = other;
    other = next;
  }
  return openRow(part, name, hour, row);
}

function openRow(part: usize, name: usize, hour: u32, other: usize): usize {
  const row = allocate(ROW_SIZE);
  if (row == 0) return 0;
  store<u32>(row, u32(name), ROW_NAME);
  store<u32>(row, hour, ROW_HOUR);
  store<u64>(row, 0, ROW_DEPLOY);
  store<u32>(row, 0, ROW_NEXT);
  store<u32>(row, u32(other), ROW_OTHER);
  const last = usize(load<u32>(part, PART_LAST_ROW));
  if (last == 0) store<u32>(part, u32(row), PART_FIRST_ROW);
  else store<u32>(last, u32(row), ROW_NEXT);
  store<u32>(part, u32(row), PART_LAST_ROW);
  store<u32>(part, load<u32>(part, PART_ROWS) + 1, PART_ROWS);
  store<u32>(
    part,
    load<u32>(part, PART_BYTES) + u32(HEAD_BYTES) + u32(load<u16>(name, NAME_LENGTH)),
    PART_BYTES,
  );
  store<u32>(name, load<u32>(part, PART_NUMBER), NAME_PART);
  store<u32>(name, u32(row), NAME_ROW);
  store<u32>(name, hour * SECONDS_PER_HOUR, NAME_HOUR_FROM);
  return row;
}

/** Writes the rows of all parts, and puts the seconds of the columns, which end at `columnsEnd`, where they belong. */
function writeRows(columnsEnd: usize): bool {
  let at = end;
  let bytes: usize = 0;
  for (let part = firstPart; part != 0; part = usize(load<u32>(part, PART_NEXT))) {
    const size = load<u32>(part, PART_BYTES) + 2 * load<u32>(part, PART_REPORTS);
    store<u32>(part, size, PART_BYTES);
    bytes += usize(size);
  }
  if (!reserve(at + bytes + WORD)) return false;
  for (let part = firstPart; part != 0; part = usize(load<u32>(part, PART_NEXT))) {
    store<u32>(part, u32(at), PART_AT);
    for (let row = usize(load<u32>(part, PART_FIRST_ROW)); row != 0; row = usize(load<u32>(row, ROW_NEXT))) {
      const name = usize(load<u32>(row, ROW_NAME));
      const length = usize(load<u16>(name, NAME_LENGTH));
      const deploy = load<u32>(row, ROW_DEPLOY);
      const issue = load<u32>(row, ROW_ISSUE);
      store<u16>(at, u16(length));
      store<u32>(at, load<u32>(row, ROW_HOUR), 2);
      store<u16>(at, u16(deploy), 6);
      store<u16>(at, u16(issue), 8);
      at += HEAD_BYTES;
      copyWords(at, load<u32>(name, NAME_AT), length);
      at += length;
      store<u32>(row, u32(at), ROW_DEPLOY);
      at += usize(2 * deploy);
      store<u32>(row, u32(at), ROW_ISSUE);
      at += usize(2 * issue);
    }
  }
  end = at;
  for (let column = BODY; column < columnsEnd; column += 8) {
    const rowAndState = load<u32>(column);
    const next = usize(rowAndState & ~1) + (usize(rowAndState & 1) << 2);
    const place = load<u32>(next, ROW_DEPLOY);
    store<u16>(usize(place), u16(load<u32>(column, 4)));
    store<u32>(next, place + 2, ROW_DEPLOY);
  }
  return true;
}

function allocate(bytes: usize): usize {
  const at = end;
  if (!reserve(at + bytes + WORD)) return 0;
  end = at + bytes;
  return at;
}
