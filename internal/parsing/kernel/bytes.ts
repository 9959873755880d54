/*
 * What the kernels have in common; AssemblyScript, compiled into each of them. A kernel scans bodies whose items are alike.
 * `load` and `store` go straight to memory, and nothing is ever allocated but by moving an end.
 */

// How a scan ends that does not count items: the body is unlike the shape, or there is no room.
export const UNALIKE: i32 = -1;
export const FULL: i32 = -2;

export const WORD: usize = 8;
export const PAGE: usize = 65536;
/** Longest gap: bytes that items have in common. The next gap is so many and a word behind. */
export const MAX_GAP_BYTES: usize = 4096;

const ONES: u64 = 0x0101010101010101;
const HIGH_BITS: u64 = 0x8080808080808080;

/**
 * In which bytes of a word a string cannot simply go on: there is a quote, a backslash or a control character where the
 * lowest bit is; those above it may be wrong. 0 if there is none.
 */
export function stopsOf(word: u64): u64 {
  const quote = word ^ 0x2222222222222222;
  const backslash = word ^ 0x5c5c5c5c5c5c5c5c;
  return (
    (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - 0x2020202020202020) & ~word)) &
    HIGH_BITS
  );
}

/** Whether `length` bytes are the same, of which the whole last word can be read. */
export function isSame(a: usize, b: usize, length: usize): bool {
  let offset: usize = 0;
  for (; offset + WORD <= length; offset += WORD) {
    if (load<u64>(a + offset) != load<u64>(b + offset)) return false;
  }
  const rest = (length - offset) << 3;
  return ((load<u64>(a + offset) ^ load<u64>(b + offset)) & ((u64(1) << rest) - 1)) == 0;
}

/** Copies by words: what it writes too much must be written over later, and there must be room for it. */
export function copyWords(to: usize, from: usize, length: usize): void {
  for (let offset: usize = 0; offset < length; offset += WORD)
    store<u64>(to + offset, load<u64>(from + offset));
}

export function skipSpace(at: usize): usize {
  let byte = load<u8>(at);
  while (byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09) byte = load<u8>(++at);
  return at;
}

/** Where a gap of the shape at `shape` lies, from 0 on. */
export function gapAt(shape: usize, index: usize): usize {
  return shape + index * (MAX_GAP_BYTES + WORD);
}

/** Puts zeros behind a body, and returns where its first item begins, or 0 if it is no array, but should be. */
export function openBody(from: usize, to: usize, isArray: bool): usize {
  // Reading goes on by words, and no value goes on over zeros.
  store<u64>(to, 0);
  store<u64>(to + WORD, 0);
  const at = skipSpace(from);
  if (!isArray) return at;
  return load<u8>(at) == 0x5b ? skipSpace(at + 1) : 0;
}

/** Whether a body that ends at `to` has nothing more behind its last item, which ends at `at`. */
export function isClosed(at: usize, to: usize, isArray: bool): bool {
  at = skipSpace(at);
  if (!isArray) return at == to;
  return load<u8>(at) == 0x5d && skipSpace(at + 1) == to;
}

/** Whether there is memory up to `to`, which it gets if need be. */
export function reserve(to: usize): bool {
  const has = usize(memory.size()) << 16;
  if (to <= has) return true;
  // Somewhat more, as it may be wanted piece by piece.
  return memory.grow(i32((to - has + 4 * PAGE) >> 16)) >= 0;
}
