import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** In milliseconds; all null if nothing was recorded. */
export interface LatencySummary {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly max: number | null;
}

const LONGEST_US = 3_600_000_000;

/** Latencies in an HDR histogram of microseconds: three digits of each, and no more memory for more of them. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.min(Math.max(1, Math.round(ms * 1000)), LONGEST_US));
  }

  reset(): void {
    this.#histogram.reset();
  }

  summary(): LatencySummary {
    const histogram = this.#histogram;
    if (histogram.count === 0) return { p50: null, p90: null, p99: null, p99_9: null, max: null };
    const at = (percentile: number) => histogram.percentile(percentile) / 1000;
    return { p50: at(50), p90: at(90), p99: at(99), p99_9: at(99.9), max: histogram.max / 1000 };
  }
}
