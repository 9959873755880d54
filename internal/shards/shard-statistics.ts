import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { FlushResult } from './protocol.ts';

/** What one shard did since the service started; latencies in milliseconds, null before the first flush. */
export interface FlushFigures {
  readonly batches: number;
  readonly events: number;
  readonly failedBatches: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP99Ms: number | null;
}

const MICROSECONDS_PER_MS = 1000;

/** Counts the flushes that had events of one shard, and how long they took, from the hand-over to a worker to its verdict. */
export class ShardStatistics {
  readonly #latencyMicroseconds: RecordableHistogram = createHistogram();
  #batches = 0;
  #events = 0;
  #failedBatches = 0;

  record(result: FlushResult, events: number, durationMs: number): void {
    this.#latencyMicroseconds.record(Math.max(1, Math.round(durationMs * MICROSECONDS_PER_MS)));
    if (result.outcome === 'failed') {
      this.#failedBatches++;
      return;
    }
    this.#batches++;
    this.#events += events;
  }

  figures(): FlushFigures {
    return {
      batches: this.#batches,
      events: this.#events,
      failedBatches: this.#failedBatches,
      latencyP50Ms: this.#percentile(50),
      latencyP99Ms: this.#percentile(99),
    };
  }

  #percentile(percentile: number): number | null {
    if (this.#latencyMicroseconds.count === 0) return null;
    return this.#latencyMicroseconds.percentile(percentile) / MICROSECONDS_PER_MS;
  }
}
