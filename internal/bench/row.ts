import { quantile } from '../program/quantile.ts';

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

// V8 compiles what is hot bit by bit: bodies of 100 are taken faster and faster for some three seconds.
const WARM_UP_MS = 5000;

/**
 * Measures two things in turn, A B A B …, after a warm-up of each that does not count and takes five seconds at least. The
 * ratio is taken round by round, so that it holds when the machine's speed drifts.
 */
export async function alternate(
  rounds: number,
  measureOurs: () => Promise<number>,
  measureTheirs: () => Promise<number>,
): Promise<Comparison> {
  await warmUp(measureOurs);
  await warmUp(measureTheirs);
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

async function warmUp(measure: () => Promise<number>): Promise<void> {
  const startedAtMs = performance.now();
  do await measure();
  while (performance.now() - startedAtMs < WARM_UP_MS);
}

/** The median (of an even count the upper one), and the extremes. */
export function spread(figures: readonly number[]): Spread {
  return { median: quantile(figures, 0.5), min: quantile(figures, 0), max: quantile(figures, 1) };
}

/** How long and how often things are measured. */
export interface BenchOptions {
  readonly rounds: number;
  /** Length of a measurement that is bounded by time. */
  readonly seconds: number;
}

/** What came out: ours against a counterpart, or figures that stand by themselves, or why nothing was measured. */
export type Outcome =
  | { readonly kind: 'compared'; readonly comparison: Comparison; readonly unit: string }
  | { readonly kind: 'measured'; readonly figure: Spread; readonly unit: string; readonly note?: string }
  | { readonly kind: 'skipped'; readonly why: string };

/** One row of the table of docs/performance.md. */
export interface Row {
  readonly work: string;
  readonly against: string;
  /** In words, as in the table. */
  readonly aim: string;
  measure(options: BenchOptions): Promise<Outcome>;
}

/** The row as a line of a Markdown table. */
export function formatRow({ work, against, aim }: Row, outcome: Outcome): string {
  const cells = (...texts: string[]) => `| ${[work, against, ...texts, aim].join(' | ')} |`;
  if (outcome.kind === 'skipped') return cells('–', '–', `skipped: ${outcome.why}`);
  const figure = ({ median, min, max }: Spread) =>
    `${readable(median)} ${outcome.unit} (${readable(min)}–${readable(max)})`;
  if (outcome.kind === 'measured') return cells(figure(outcome.figure), '–', outcome.note ?? '–');
  const { ours, theirs, ratio } = outcome.comparison;
  const share = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
  return cells(figure(ours), figure(theirs), share);
}

/** Three digits are more than the machine gives. */
function readable(figure: number): string {
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3);
}
