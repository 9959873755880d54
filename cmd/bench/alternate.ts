/** Figures of one thing measured several times. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Ours against a counterpart: what each did, and the ratio of the two figures of each round. */
export interface Comparison {
  readonly ours: Spread;
  readonly theirs: Spread;
  readonly ratio: Spread;
}

/**
 * Measures two things in turn, A B A B …, after a warm-up of each that does not count. The ratio is taken round by
 * round, so that it holds when the machine's speed drifts.
 */
export async function alternate(
  rounds: number,
  measureOurs: () => Promise<number>,
  measureTheirs: () => Promise<number>,
): Promise<Comparison> {
  await measureOurs();
  await measureTheirs();
  const pairs: { ours: number; theirs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ ours: await measureOurs(), theirs: await measureTheirs() });
  }
  return {
    ours: spread(pairs.map(({ ours }) => ours)),
    theirs: spread(pairs.map(({ theirs }) => theirs)),
    ratio: spread(pairs.map(({ ours, theirs }) => ours / theirs)),
  };
}

/** The median (of an even count the upper one), and the extremes. */
export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) };
}
