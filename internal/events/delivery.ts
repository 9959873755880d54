import { type Commit, shardOf } from '../shards/queue.ts';
import type { Lanes } from '../shards/shards.ts';
import type { EventColumns, QueuedPart } from './batches.ts';
import type { TakenKey } from './idempotency.ts';
import type { EventPart } from './rows.ts';

/** Queues gathered reports, on the front door's thread. */
export interface ReportIntake<Reports> {
  /** How many reports go to each shard, by shard id. */
  loads(reports: Reports): readonly number[];
  /** Throws an UnavailableError unless all of them would be taken now. */
  requireRoom(reports: Reports): void;
  /** Queues all of them and returns their commits. There must be room for all. */
  append(reports: Reports): Commit[];
}

/** What one request stores, and where its parts go. */
export interface Delivery<Reports> {
  readonly parts: readonly EventPart[];
  readonly reports: Reports;
  /** How many items it has. */
  readonly items: number;
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

/** Throws an UnavailableError unless reports are taken and all shards concerned have room for their share of the request. */
export function requireRoom<Reports>(to: Destination<Reports>, delivery: Delivery<Reports>): void {
  to.intake.requireRoom(delivery.reports);
  const loads = [...to.intake.loads(delivery.reports)];
  for (const [index, { events }] of delivery.parts.entries()) {
    const shard = shardOfPart(delivery, index, to.lanes.shards);
    loads[shard] = (loads[shard] ?? 0) + events;
  }
  for (const [shard, events] of loads.entries()) {
    if (events > 0) to.lanes.at(shard).requireRoom(events);
  }
}

/** Queues the whole request, or nothing of it. Its commits add up to its items. */
export function deliver<Reports>(to: Destination<Reports>, delivery: Delivery<Reports>): Commit[] {
  requireRoom(to, delivery);
  const { key } = delivery;
  const reports = to.intake.append(delivery.reports);
  // An item that is a report and a payload event too is queued twice, but it is one event.
  let uncounted = delivery.items - reports.reduce((sum, { events }) => sum + events, 0);
  const parts = delivery.parts.map((part, index): Commit => {
    const queued: QueuedPart = key ? { ...part, repeatable: { keyId: key.keyId, part: index } } : part;
    const lane = to.lanes.at(shardOfPart(delivery, index, to.lanes.shards));
    const { committedBy } = lane.appendWhole(part.events, (columns) => columns.parts.push(queued));
    const events = Math.min(part.events, uncounted);
    uncounted -= events;
    return { events, committedBy };
  });
  return [...reports, ...parts];
}

function shardOfPart(
  { firstShard, singleShard }: Pick<Delivery<unknown>, 'firstShard' | 'singleShard'>,
  part: number,
  shards: number,
): number {
  return singleShard ? firstShard : (firstShard + part) % shards;
}
