import { v7 } from 'uuid';

import type { BatchKind } from '../shards/queue.ts';
import { dayOf, type Day } from './partitions.ts';
import type { EventPart } from './rows.ts';

/** A part on its way to the sink. */
export interface QueuedPart extends EventPart {
  /** With an Idempotency-Key: the part is stored only if it was not before. */
  readonly repeatable?: { readonly keyId: string; readonly part: number };
}

/** A batch of payload events: plain data for the worker. */
export interface EventColumns {
  /** The same each time the batch is tried. */
  readonly batchId: string;
  /** When the batch began to fill: the partition that it goes to. */
  readonly receivedDay: Day;
  readonly parts: QueuedPart[];
}

/** The buffers that hold a batch's events. */
export const buffersOf = ({ parts }: EventColumns): ArrayBuffer[] => parts.map(({ rows }) => rows.buffer);

/** Names the sink of payload events on both sides of the thread boundary. */
export const EVENT_SINK = 'events';

/** The batches of payload events. `now` is the server's clock, in unix seconds. */
export function eventBatches(now: () => number): BatchKind<EventColumns> {
  return {
    sink: EVENT_SINK,
    // Two would not wait for each other, but fewer and larger COPYs cost Postgres a third less.
    maxInFlight: 1,
    emptyColumns: () => ({ batchId: timeOrderedId(now() * 1000), receivedDay: dayOf(now()), parts: [] }),
    buffersOf,
  };
}

/** A random UUID of version 7: ids made later sort after, by the millisecond. */
export function timeOrderedId(unixMs: number): string {
  return v7({ msecs: Math.floor(unixMs) });
}

/** The smallest of the ids of that time: older ones sort before it. */
export function smallestIdOf(unixMs: number): string {
  return v7({ msecs: Math.floor(unixMs), seq: 0, random: new Uint8Array(16) });
}
