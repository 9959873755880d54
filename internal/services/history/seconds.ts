import type { ObservedSeconds, SecondRange } from '../timeline.ts';

/** Observations are kept by the hour: `floor(unix seconds / SECONDS_PER_HOUR)`. */
export const SECONDS_PER_HOUR = 3600;

const DIGIT_ZERO = 0x30;
const OPENING = 0x5b;
const CLOSING = 0x29;
const COMMA = 0x2c;

/** A set of seconds of an hour, as few numbers as it has ranges: agents report one second after the other. */
export class HourSeconds {
  /** Start, end, start, end, …: sorted, disjoint, not touching; ends are exclusive. */
  readonly #bounds: number[] = [];

  add(second: number): void {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    const end = bounds[last] ?? -1;
    if (second === end) bounds[last] = second + 1;
    else if (second > end) bounds.push(second, second + 1);
    else this.#insert(second);
  }

  /** The set as a literal of PostgreSQL's multirange types: `{[3,5),[9,10)}`. */
  toMultirange(): string {
    const bounds = this.#bounds;
    let text = '';
    for (let at = 0; at < bounds.length; at += 2) {
      text += `${at === 0 ? '' : ','}[${bounds[at] ?? 0},${bounds[at + 1] ?? 0})`;
    }
    return `{${text}}`;
  }

  /** Adds a second that is not after the last one. */
  #insert(second: number): void {
    const bounds = this.#bounds;
    // The number of ranges that begin at that second or before it.
    let begun = 0;
    for (let above = bounds.length / 2; begun < above;) {
      const middle = (begun + above) >>> 1;
      if ((bounds[2 * middle] ?? 0) <= second) begun = middle + 1;
      else above = middle;
    }
    const nextStart = 2 * begun;
    const previousEnd = bounds[nextStart - 1] ?? -1;
    if (second < previousEnd) return;
    const goesOn = second === previousEnd;
    const meetsNext = bounds[nextStart] === second + 1;
    if (goesOn && meetsNext) bounds.splice(nextStart - 1, 2);
    else if (goesOn) bounds[nextStart - 1] = second + 1;
    else if (meetsNext) bounds[nextStart] = second;
    else bounds.splice(nextStart, 0, second, second + 1);
  }
}

/** The ranges of a multirange as PostgreSQL writes it, canonical `[a,b)`, each moved by `offset`. */
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

/** What was observed by either of two, such as in the database and still on the way there. */
export function unionOf(one: ObservedSeconds, other: ObservedSeconds): ObservedSeconds {
  return { deploy: unionOfRanges(one.deploy, other.deploy), issue: unionOfRanges(one.issue, other.issue) };
}

function unionOfRanges(one: readonly SecondRange[], other: readonly SecondRange[]): readonly SecondRange[] {
  if (other.length === 0) return one;
  if (one.length === 0) return other;
  const union: SecondRange[] = [];
  for (const { start, end } of [...one, ...other].sort((a, b) => a.start - b.start)) {
    const last = union.at(-1);
    if (last === undefined || start > last.end) union.push({ start, end });
    else if (end > last.end) union[union.length - 1] = { start: last.start, end };
  }
  return union;
}
