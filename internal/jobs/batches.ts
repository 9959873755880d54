import type { BatchKind } from '../shards/queue.ts';
import type { Payload } from './parse-payload.ts';

/** A payload on its way to the sink. */
export interface QueuedPayload extends Payload {
  /** When it arrived, by the server's clock, in milliseconds since 1970. */
  readonly seenMs: number;
}

/** A batch of payloads, in order of arrival: plain data for the worker. */
export interface PayloadColumns {
  readonly payloads: QueuedPayload[];
}

/** The batches of payloads, gathered by the front door for the sink of the same name. */
export const payloadBatches: BatchKind<PayloadColumns> = {
  sink: 'jobs',
  // The payloads of a run keep their order of arrival, as all go to one shard.
  maxInFlight: 1,
  emptyColumns: () => ({ payloads: [] }),
};
