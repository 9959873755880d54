import type { Sink } from '../shards/worker.ts';
import { holdCheckpoints } from './checkpoint-lock.ts';
import { foldReports } from './fold.ts';
import { addObservations } from './observations.ts';
import { takePending } from './pending.ts';

/** What one round of settling did. Plain data: it crosses threads. */
export interface Settled {
  /** The services whose observations it added to; 'all' if they are too many to be worth naming to another thread. */
  readonly serviceNames: readonly string[] | 'all';
  readonly batches: number;
  readonly bytes: number;
  /** Whether nothing was pending afterwards of what was committed before it began. */
  readonly isAll: boolean;
}

/** Names the sink. */
export const SETTLE_SINK = 'settle reports';

const MOST_NAMES = 5000;

/** What it is asked: how many bytes to take at most, but at least one batch. What is pending is in Postgres. */
export interface SettleColumns {
  readonly mostBytes: number;
}

/** Moves pending reports to the observations, in one transaction. */
export const settleSink: Sink<SettleColumns> = {
  name: SETTLE_SINK,
  singleStatement: false,
  async write(client, { mostBytes }): Promise<Settled> {
    const { batches, bytes, isAll } = await takePending(client, mostBytes);
    const folded = foldReports(batches);
    if (folded.hours.length > 0) {
      await holdCheckpoints(client);
      await addObservations(client, folded);
    }
    const names = new Set(folded.serviceNames);
    const serviceNames = names.size > MOST_NAMES ? 'all' : [...names];
    return { serviceNames, batches: batches.length, bytes, isAll };
  },
};
