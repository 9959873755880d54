import { WINDOW_MS } from './check.ts';
import type { OutcomeCount } from './queries.ts';

/** The answer of `GET /checks/summary`. */
export interface Summary {
  readonly window_seconds: number;
  readonly total: number;
  readonly failures: number;
  /** To two decimals; 0 where nothing was checked. */
  readonly failure_percent: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Sums the counts, of one target or several, up. Outcomes are digits or words of ours: safe as keys. */
export function summaryOf(outcomes: readonly OutcomeCount[]): Summary {
  const counts: Record<string, number> = {};
  let [total, failures] = [0, 0];
  for (const { outcome, failed, checks } of outcomes) {
    counts[outcome] = (counts[outcome] ?? 0) + checks;
    total += checks;
    if (failed) failures += checks;
  }
  return {
    window_seconds: WINDOW_MS / 1000,
    total,
    failures,
    failure_percent: percent(failures, total),
    counts,
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 100;
}
