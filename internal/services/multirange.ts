import { SECONDS_PER_HOUR } from './hour.ts';
import type { SecondRange } from './timeline.ts';

const WORD_BITS = 32;
const DIGIT_ZERO = 0x30;
const OPENING = 0x5b;
const CLOSING = 0x29;
const COMMA = 0x2c;
const WORDS = Math.ceil(SECONDS_PER_HOUR / WORD_BITS);

/** A set of seconds of an hour, to be used again and again: it makes no garbage, in whatever order seconds are added. */
export class SecondSet {
  readonly #words = new Uint32Array(WORDS);

  add(second: number): void {
    const word = second >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (second & 31));
  }

  /** What it holds, as a literal of Postgres' multirange types: `{[3,5),[9,10)}`. It is empty afterwards. */
  takeMultirange(): string {
    let text = '';
    let start = -1; // Of the range that goes on at the end of the words read so far.
    for (let index = 0; index < WORDS; index++) {
      const word = this.#words[index] ?? 0;
      // Most words are of one kind throughout.
      if (word === 0 ? start === -1 : word === 0xffffffff && start !== -1) continue;
      const first = index * WORD_BITS;
      for (let bit = 0; bit < WORD_BITS; bit++) {
        const isSet = ((word >>> bit) & 1) === 1;
        if (isSet === start >= 0) continue;
        if (isSet) start = first + bit;
        else {
          text += `${text === '' ? '' : ','}[${start},${first + bit})`;
          start = -1;
        }
      }
    }
    if (start >= 0) text += `${text === '' ? '' : ','}[${start},${SECONDS_PER_HOUR})`;
    this.#words.fill(0);
    return `{${text}}`;
  }
}

/** The ranges of a multirange as Postgres writes it, canonical `[a,b)`, each moved by `offset`. */
export function parseMultirange(text: string, offset: number): SecondRange[] {
  const ranges: SecondRange[] = [];
  // Digit by digit: a list of all services has ten thousands of them, and a regular expression takes thrice as long.
  let bound = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const digit = unit - DIGIT_ZERO;
    if (digit >= 0 && digit <= 9) bound = 10 * bound + digit;
    else if (unit === OPENING) bound = 0;
    else if (unit === CLOSING) ranges.push({ start: offset + start, end: offset + bound });
    else if (unit === COMMA) {
      start = bound;
      bound = 0;
    }
  }
  return ranges;
}
