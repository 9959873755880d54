import type { LatencySummary } from './latencies.ts';
import type { Verification } from './verify/verification.ts';

/** What a load test did, as `--json` prints it. */
export interface LoadResult {
  readonly mode: string;
  readonly seed: number;
  readonly connections: number;
  /** Whether it was ended by a signal. */
  readonly interrupted: boolean;
  /** From the start to the last answer. */
  readonly seconds: number;
  /** Acknowledged requests, and the events in them. */
  readonly requests: number;
  readonly events: number;
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly mebibytesPerSecond: number;
  /** Of acknowledged requests, from when they should have been sent (--rate) or were sent first. */
  readonly latencyMs: LatencySummary;
  /** By kind: how many tries ended so, and what the first answer of the kind said. */
  readonly errors: Readonly<Record<string, { readonly count: number; readonly detail: string }>>;
  readonly retries: number;
  /** Requests that were never acknowledged. */
  readonly givenUp: number;
  /** Requests that were due at the fixed rate when the time was over, but found no free connection. */
  readonly notSent: number;
  /** For so long a connection waited for a request to be built: beyond a percent or so, this is what was measured. */
  readonly starvedSeconds: number;
  readonly verification: Verification | null;
}

/** The exit status: 1 if nothing succeeded, or nothing could be compared, or something is different. */
export function exitStatusOf({ requests, verification }: LoadResult): 0 | 1 {
  if (requests === 0) return 1;
  if (verification === null) return 0;
  return verification.different === 0 && verification.compared > 0 ? 0 : 1;
}
