import { decodeString, type Slice } from './item.ts';

const FIRST_SLOTS = 1024;
/** Longer texts are decoded each time. */
const MAX_BYTES = 128;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The texts of one body's short strings. A body repeats the same few names ten thousand times: each is decoded once,
 * and then found by its bytes, which takes a third of the time and leaves nothing behind to collect.
 */
export class Texts {
  readonly #json: Buffer;
  /** An open hash table: per slot the number of a text, or -1; half of the slots stay free. */
  #slots = new Int32Array(FIRST_SLOTS).fill(-1);
  readonly #texts: string[] = [];
  /** Per text: its hash, and where it was first found. */
  readonly #hashes: number[] = [];
  readonly #froms: number[] = [];
  readonly #tos: number[] = [];

  constructor(json: Buffer) {
    this.#json = json;
  }

  /** The text of a string of the body, whose quotes are at both ends of `slice`. */
  of(slice: Slice): string {
    const { from, to } = slice;
    if (to - from > MAX_BYTES) return decodeString(this.#json, slice);
    const hash = this.#hash(from, to);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? -1;
      if (number === -1) return this.#add(hash, slot, slice);
      if (this.#hashes[number] === hash && this.#isSame(number, from, to)) return this.#texts[number] ?? '';
    }
  }

  /** FNV-1a. */
  #hash(from: number, to: number): number {
    const json = this.#json;
    let hash = FNV_OFFSET;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (json[at] ?? 0), FNV_PRIME);
    return hash;
  }

  #isSame(number: number, from: number, to: number): boolean {
    const json = this.#json;
    const start = this.#froms[number] ?? 0;
    if ((this.#tos[number] ?? 0) - start !== to - from) return false;
    for (let offset = 0; offset < to - from; offset++) {
      if (json[start + offset] !== json[from + offset]) return false;
    }
    return true;
  }

  #add(hash: number, slot: number, slice: Slice): string {
    const text = decodeString(this.#json, slice);
    this.#slots[slot] = this.#texts.push(text) - 1;
    this.#hashes.push(hash);
    this.#froms.push(slice.from);
    this.#tos.push(slice.to);
    if (2 * this.#texts.length > this.#slots.length) this.#grow();
    return text;
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const mask = slots.length - 1;
    for (const [number, hash] of this.#hashes.entries()) {
      let slot = hash & mask;
      while (slots[slot] !== -1) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}
