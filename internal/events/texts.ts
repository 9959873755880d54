import { decodeString, type Slice } from './item.ts';

const FIRST_SLOTS = 256;
const FIRST_BYTES = 4096;
/** Longer texts are decoded each time. */
const MAX_BYTES = 128;
/** When it knows so many it begins anew: at most 2 MiB of bytes, and their texts. */
const MAX_TEXTS = 16_384;
/** A text that is further away from its slot is decoded each time: names that were made to meet in one cost nobody else. */
const MAX_PROBES = 32;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The texts of short strings of JSON. Bodies repeat the same names, within one and from one to the next: each is decoded
 * once, and then found by its bytes, which takes a third of the time and leaves nothing behind to collect.
 */
export class Texts {
  /** An open hash table: per slot the number of a text, or -1; half of the slots stay free. */
  #slots = new Int32Array(FIRST_SLOTS).fill(-1);
  readonly #texts: string[] = [];
  /** Per text: its hash, and where its bytes, quotes included, end; they begin where those of the one before end. */
  readonly #hashes: number[] = [];
  readonly #ends: number[] = [];
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);

  /** The text of a string of `json`, whose quotes are at both ends of `slice`. */
  of(json: Buffer, slice: Slice): string {
    const { from, to } = slice;
    if (to - from > MAX_BYTES) return decodeString(json, slice);
    const hash = hashOf(json, from, to);
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & mask;
      const number = this.#slots[slot] ?? -1;
      if (number === -1) return this.#add(hash, slot, json, slice);
      if (this.#hashes[number] === hash && this.#isSame(number, json, from, to)) {
        return this.#texts[number] ?? '';
      }
    }
    return decodeString(json, slice);
  }

  #isSame(number: number, json: Buffer, from: number, to: number): boolean {
    const bytes = this.#bytes;
    const start = number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
    if ((this.#ends[number] ?? 0) - start !== to - from) return false;
    for (let offset = 0; offset < to - from; offset++) {
      if (bytes[start + offset] !== json[from + offset]) return false;
    }
    return true;
  }

  #add(hash: number, slot: number, json: Buffer, slice: Slice): string {
    const text = decodeString(json, slice);
    if (this.#texts.length === MAX_TEXTS) {
      this.#forget();
      slot = hash & (this.#slots.length - 1);
    }
    this.#slots[slot] = this.#texts.push(text) - 1;
    this.#hashes.push(hash);
    this.#keep(json, slice);
    if (2 * this.#texts.length > this.#slots.length) this.#grow();
    return text;
  }

  #keep(json: Buffer, { from, to }: Slice): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    json.copy(this.#bytes, start, from, to);
    this.#ends.push(end);
  }

  #forget(): void {
    this.#slots.fill(-1);
    this.#texts.length = this.#hashes.length = this.#ends.length = 0;
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

/** FNV-1a. */
function hashOf(json: Buffer, from: number, to: number): number {
  let hash = FNV_OFFSET;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (json[at] ?? 0), FNV_PRIME);
  return hash;
}
