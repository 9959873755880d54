import { SECONDS_PER_HOUR } from './hour.ts';
import type { SecondRange } from './timeline.ts';

const WORD_BITS = 32;
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
  const bounds = /\[(\d+),(\d+)\)/g;
  for (let match = bounds.exec(text); match !== null; match = bounds.exec(text)) {
    ranges.push({ start: offset + Number(match[1]), end: offset + Number(match[2]) });
  }
  return ranges;
}
