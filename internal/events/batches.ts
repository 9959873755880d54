import { randomBytes } from 'node:crypto';

import type { BatchKind } from '../shards/queue.ts';
import { dayOf, type Day } from './partitions.ts';
import type { EventPart } from './rows.ts';

const VERSION_7 = 0x70;
const VARIANT = 0x80;

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
  const random = randomBytes(10);
  random[0] = VERSION_7 | ((random[0] ?? 0) & 0x0f);
  random[2] = VARIANT | ((random[2] ?? 0) & 0x3f);
  return toUuid(hexOf(unixMs) + random.toString('hex'));
}

/** The smallest of the ids of that time: older ones sort before it. */
export function smallestIdOf(unixMs: number): string {
  return toUuid(hexOf(unixMs) + '0'.repeat(20));
}

function hexOf(unixMs: number): string {
  return Math.floor(unixMs).toString(16).padStart(12, '0');
}

function toUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
