import type { BatchKind } from '../shards/queue.ts';
import type { Check } from './check.ts';

/** What `GET /live` calls the checks. */
export const CHECKS_TOPIC = 'checks';

/** A batch of checks: plain data for the worker. */
export interface CheckBatch {
  readonly checks: Check[];
}

/** The batches of checks, gathered on the front door's side for the sink of the same name. */
export const checkBatches: BatchKind<CheckBatch> = {
  sink: 'checks',
  maxInFlight: 1,
  emptyColumns: () => ({ checks: [] }),
};
