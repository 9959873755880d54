import type { SecondRange } from './timeline.ts';

/** Seconds in any order, repeated or not, as a literal of Postgres' multirange types: `{[3,5),[9,10)}`. */
export function formatMultirange(seconds: readonly number[]): string {
  if (seconds.length === 0) return '{}';
  if (seconds.length === 1) return `{[${Number(seconds[0])},${Number(seconds[0]) + 1})}`;
  const ranges: string[] = [];
  let start = -1;
  let end = -1;
  for (const second of [...seconds].sort((a, b) => a - b)) {
    if (second > end) {
      if (end !== -1) ranges.push(`[${start},${end})`);
      start = second;
    }
    end = second + 1;
  }
  ranges.push(`[${start},${end})`);
  return `{${ranges.join(',')}}`;
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
