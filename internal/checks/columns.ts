import type { BatchKind } from '../shards/queue.ts';
import { hasFailed, type Check } from './check.ts';

/** Checks as columns of plain data: the same index in each array is one check. */
export interface CheckColumns {
  readonly targets: string[];
  readonly checkedMs: number[];
  readonly codes: (number | null)[];
  readonly outcomes: string[];
  readonly failed: boolean[];
  readonly latenciesMs: number[];
}

/** What `GET /live` calls the checks. */
export const CHECKS_TOPIC = 'checks';

/** The batches of checks, gathered on the front door's side for the sink of the same name. */
export const checkBatches: BatchKind<CheckColumns> = {
  sink: 'checks',
  maxInFlight: 1,
  emptyColumns: () => ({
    targets: [],
    checkedMs: [],
    codes: [],
    outcomes: [],
    failed: [],
    latenciesMs: [],
  }),
};

/** Adds one check to the columns. */
export function appendCheck(columns: CheckColumns, check: Check): void {
  columns.targets.push(check.target);
  columns.checkedMs.push(check.checkedMs);
  columns.codes.push(check.code);
  columns.outcomes.push(check.outcome);
  columns.failed.push(hasFailed(check));
  columns.latenciesMs.push(check.latencyMs);
}
