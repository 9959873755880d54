import { randomInt } from 'node:crypto';

const FNV_PRIME = 0x01000193;
const FIRST_SLOTS = 1024;
/** The number of what has none. */
const NONE = -1;

/**
 * Numbers names from 0 on, by their bytes: to make a string of each row's name and look that up would cost more than all
 * else. An open hash table with a seed of its own, so that nobody can make names that meet in it.
 */
export class NameNumbers {
  readonly #seed = randomInt(2 ** 32 - 1);
  /** Numbers of names, or NONE; at most half are taken. */
  #slots = new Int32Array(FIRST_SLOTS).fill(NONE);
  readonly #hashes: number[] = [];
  /** All names, and where each ends. */
  #bytes = Buffer.allocUnsafeSlow(16 * FIRST_SLOTS);
  readonly #ends: number[] = [];

  /** The number of a name, or NONE, which is no index of anything. */
  find(bytes: Buffer, from: number, to: number): number {
    return this.#slots[this.#slotOf(this.#hashOf(bytes, from, to), bytes, from, to)] ?? NONE;
  }

  /** Gives a name that has none the next number. */
  add(bytes: Buffer, from: number, to: number): void {
    const hash = this.#hashOf(bytes, from, to);
    this.#slots[this.#slotOf(hash, bytes, from, to)] = this.#hashes.push(hash) - 1;
    const start = this.#ends.at(-1) ?? 0;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * end);
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, start, from, to);
    this.#ends.push(end);
    if (2 * this.#hashes.length > this.#slots.length) this.#grow();
  }

  /** Where the name is, or the free slot where it is to be. */
  #slotOf(hash: number, bytes: Buffer, from: number, to: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] ?? NONE;
      if (number === NONE) return slot;
      if (this.#hashes[number] === hash && this.#isSame(number, bytes, from, to)) return slot;
    }
  }

  #isSame(number: number, bytes: Buffer, from: number, to: number): boolean {
    const start = number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
    if ((this.#ends[number] ?? 0) - start !== to - from) return false;
    const names = this.#bytes;
    for (let at = start; from < to; at++, from++) if (names[at] !== bytes[from]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Int32Array(4 * this.#slots.length).fill(NONE);
    const mask = slots.length - 1;
    for (const [number, hash] of this.#hashes.entries()) {
      let slot = hash & mask;
      while (slots[slot] !== NONE) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }

  /** FNV-1a, from the seed on. */
  #hashOf(bytes: Buffer, from: number, to: number): number {
    let hash = this.#seed;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    return hash >>> 0;
  }
}
