import type { OutcomeCount } from './queries.ts';

/** What came of checking a target once. */
export interface Check {
  readonly target: string;
  /** When its outcome was known: whole milliseconds since 1970, by the clock of whoever checked. */
  readonly checkedMs: number;
  /** The status code; null if no whole response came. */
  readonly code: number | null;
  /** The status code as text, or what went wrong instead, such as `timeout`. */
  readonly outcome: string;
  /** Whether it is not what the target is expected to answer. */
  readonly failed: boolean;
  /** From the first step to the outcome, to a tenth of a millisecond. */
  readonly latencyMs: number;
  /** Why it failed, in words; null if it did not, or where that was not kept. */
  readonly error: string | null;
  /** When the certificate that was shown ends, in milliseconds since 1970; null without TLS. */
  readonly certificateEndMs: number | null;
}

/** How far back `GET /checks` and `GET /checks/summary` look. */
export const WINDOW_MS = 300_000;

/** As in the answers: the time as RFC 3339 in UTC. */
export function checkJson({ target, checkedMs, code, outcome, latencyMs }: Check): object {
  return { target, timestamp: new Date(checkedMs).toISOString(), code, outcome, latency_ms: latencyMs };
}

/** The same, and whether it failed and why. */
export function verdictJson(check: Check): object {
  return { ...checkJson(check), failed: check.failed, error: check.error };
}

/** The answer of `GET /checks/summary`. */
interface Summary {
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

/** To two decimals; 0 of nothing. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((10_000 * part) / whole) / 100;
}
