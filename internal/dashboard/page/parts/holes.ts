/** Values over time, of several lines; null where there is none. */
export interface Series {
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly (readonly (number | null)[])[];
}

/**
 * The same with a moment without values in each stretch of more than `seconds` between two: a line that went on over it
 * would tell what nobody knows.
 */
export function withHoles({ times, lines }: Series, seconds: number): Series {
  const broken: { times: number[]; lines: (number | null)[][] } = { times: [], lines: lines.map(() => []) };
  for (const [index, at] of times.entries()) {
    const before = times[index - 1] ?? at;
    if (at - before > seconds) {
      broken.times.push((before + at) / 2);
      for (const line of broken.lines) line.push(null);
    }
    broken.times.push(at);
    for (const [which, line] of broken.lines.entries()) line.push(lines[which]?.[index] ?? null);
  }
  return broken;
}

/** What is longer than usual between two of them, and never less than `least` seconds. */
export function holeSecondsOf(times: readonly number[], least: number): number {
  const steps = times.slice(1).map((at, index) => at - (times[index] ?? at));
  return Math.max(least, 1.5 * Math.min(...steps.filter((step) => step > 0)));
}
