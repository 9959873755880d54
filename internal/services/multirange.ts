import type { SecondRange } from './timeline.ts';

/** Seconds in any order, repeated or not, as a literal of Postgres' multirange types: `{[3,5),[9,10)}`. */
export function formatMultirange(seconds: readonly number[]): string {
  const sorted = isAscending(seconds) ? seconds : seconds.toSorted((a, b) => a - b);
  const [first] = sorted;
  if (first === undefined) return '{}';
  let text = `{[${first},`;
  let end = first + 1;
  for (const second of sorted) {
    if (second > end) text += `${end}),[${second},`;
    end = second + 1;
  }
  return `${text}${end})}`;
}

/** Most are: agents report second by second. */
function isAscending(seconds: readonly number[]): boolean {
  for (let index = 1; index < seconds.length; index++) {
    if ((seconds[index] ?? 0) < (seconds[index - 1] ?? 0)) return false;
  }
  return true;
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
