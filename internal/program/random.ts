import { hashOf } from './hash.ts';

/**
 * Numbers in [0, 1) that depend on the seed alone, a text or a number of 32 bits: mulberry32 (Tommy Ettinger). Not for
 * secrets.
 */
export function randomOf(seed: number | string): () => number {
  let state = typeof seed === 'string' ? stateOf(seed) : seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `most`, both possible, each as likely as any other. */
export function randomBetween(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Mixed once more, as similar texts have similar hashes. */
function stateOf(text: string): number {
  const hash = hashOf(text);
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
}
