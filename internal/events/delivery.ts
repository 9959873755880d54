import type { Lanes } from '../shards/shards.ts';
import { shardOf } from '../shards/hash.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { EventColumns, QueuedPart } from './batches.ts';
import type { EventPart } from './event-part.ts';
import type { TakenKey } from './idempotency.ts';
import type { ReportIntake } from './reports.ts';

/** What one request stores, and where its parts go. */
export interface Delivery<Reports> {
  readonly parts: readonly EventPart[];
  readonly reports: Reports;
  /** The shard of the first part. */
  readonly firstShard: number;
  /** All parts go to the first shard, instead of one shard after the other. */
  readonly singleShard: boolean;
  readonly key?: TakenKey;
}

/** Where requests are delivered to. */
export interface Destination<Reports> {
  readonly lanes: Lanes<EventColumns>;
  readonly intake: ReportIntake<Reports>;
}

/** The shard where a request begins: always the same for a key, else any. */
export function chooseShard(shards: number, key: string | undefined): number {
  return key === undefined ? Math.floor(Math.random() * shards) : shardOf(key, shards);
}

/** Throws an {@link UnavailableError} unless all shards concerned have room for their share of the request. */
export function requireRoom<Reports>(to: Destination<Reports>, delivery: Delivery<Reports>): void {
  const loads = [...to.intake.loads(delivery.reports)];
  for (const [index, { events }] of delivery.parts.entries()) {
    const shard = shardOfPart(delivery, index, to.lanes.shards);
    loads[shard] = (loads[shard] ?? 0) + events;
  }
  for (const [shard, events] of loads.entries()) {
    if (events > 0 && !to.lanes.at(shard).hasRoom(events)) {
      throw new UnavailableError('queue-full', 'The queue is full.');
    }
  }
}

/** Queues the whole request, or nothing of it, and resolves when all of it is committed. */
export async function deliver<Reports>(to: Destination<Reports>, delivery: Delivery<Reports>): Promise<void> {
  requireRoom(to, delivery);
  const { key } = delivery;
  const commits = delivery.parts.map((part, index) => {
    const queued: QueuedPart = key ? { ...part, repeatable: { keyId: key.keyId, part: index } } : part;
    const lane = to.lanes.at(shardOfPart(delivery, index, to.lanes.shards));
    return lane.appendWhole(part.events, (columns) => columns.parts.push(queued));
  });
  await Promise.all([...commits, ...to.intake.append(delivery.reports)]);
}

function shardOfPart(
  { firstShard, singleShard }: Pick<Delivery<unknown>, 'firstShard' | 'singleShard'>,
  part: number,
  shards: number,
): number {
  return singleShard ? firstShard : (firstShard + part) % shards;
}
