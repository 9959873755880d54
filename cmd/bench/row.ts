import type { Comparison, Spread } from './alternate.ts';

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
