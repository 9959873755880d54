import type { Logger } from '../telemetry/logger.ts';
import { Carriers, type Carrier } from './carriers.ts';
import { shardOf } from './hash.ts';
import { Lane, type FlushWatcher, type LaneLimits } from './lane.ts';
import { ShardLane } from './shard-lane.ts';
import type { BatchKind } from './sink.ts';

/** The lanes of one kind of batch. */
export interface Lanes<Columns> {
  /** The way in for a key: the same key always takes the same shard. */
  of(key: string): ShardLane<Columns>;
  /** The way in of the shard with this id, from 0 up to before {@link Lanes.shards}. */
  at(shardId: number): ShardLane<Columns>;
  readonly shards: number;
  /** Those of all lanes: see {@link Lane.refuseWhile}, {@link Lane.onCommitted}, {@link Lane.hold} and {@link Lane.stop}. */
  refuseWhile(reason: () => string | undefined): void;
  onCommitted(watcher: FlushWatcher<Columns>): void;
  hold(until: Promise<unknown>): void;
  watch(onFlushed: FlushWatcher<Columns>): void;
  stop(): Promise<void>;
}

/** One shard, as its lanes see it. */
export interface LaneShard extends Carrier {
  readonly id: number;
}

/** What all lanes are made from; durations in milliseconds. */
export interface LanesOptions {
  readonly limits: Pick<LaneLimits, 'batchSize' | 'flushIntervalMs' | 'flushTimeoutMs'>;
  readonly workerIdleTimeoutMs: number;
  /** Told of what batches may have changed; see {@link BatchKind.changes}. */
  readonly onChanged: (topic: string, keys: Iterable<string>) => void;
  readonly logger: Logger;
}

// Flushes of the shared lane follow one another, but the next does not wait for one that takes many times as long as usual,
// nor for so long that its own requests would not be answered in time.
const PATIENCE_MS = 20;
const MAX_PATIENCE_SHARE = 0.1;

/** Opens the lanes of a kind: one for each shard and, if it may share, one for all of them. */
export function openLanes<Columns>(
  kind: BatchKind<Columns>,
  shards: readonly LaneShard[],
  { limits, workerIdleTimeoutMs, onChanged, logger }: LanesOptions,
): Lanes<Columns> {
  const open = (
    own: Omit<LaneLimits, keyof typeof limits>,
    workers: Pick<Carriers, 'flush'>,
    named: { readonly shard?: number },
  ) =>
    new Lane(
      kind,
      { ...limits, ...own },
      {
        flush: (task, loads) => workers.flush(task, loads),
        onFlushed(result, events, durationMs) {
          const fields = { ...named, sink: kind.sink, events, durationMs, ...result };
          if (result.outcome === 'failed') logger.warn(fields, 'flush failed');
          else logger.debug(fields, 'flushed');
        },
        onChanged,
      },
    );
  const ofShards = shards.map(({ id, pool, load }) => ({
    load,
    pool,
    lane: open({ maxInFlight: kind.maxInFlight, patienceMs: 0, pauses: true }, pool, { shard: id }),
  }));
  const shared = kind.mayShare
    ? [
        open(
          {
            maxInFlight: shards.length,
            patienceMs: Math.min(PATIENCE_MS, limits.flushTimeoutMs * MAX_PATIENCE_SHARE),
            pauses: false,
          },
          new Carriers(shards, workerIdleTimeoutMs),
          {},
        ),
      ]
    : [];
  const all = [...ofShards.map(({ lane }) => lane), ...shared];
  const ways = ofShards.map(({ load, pool, lane }) => new ShardLane(load, pool, lane, shared[0]));
  const at = (shardId: number) => {
    const way = ways[shardId];
    if (way === undefined) throw new RangeError(`there is no shard ${shardId}`);
    return way;
  };
  return {
    of: (key) => at(shardOf(key, ways.length)),
    at,
    shards: ways.length,
    hold: (until) => all.forEach((lane) => lane.hold(until)),
    refuseWhile: (reason) => all.forEach((lane) => lane.refuseWhile(reason)),
    onCommitted: (watcher) => all.forEach((lane) => lane.onCommitted(watcher)),
    watch: (watcher) => all.forEach((lane) => lane.onCommitted(watcher)),
    async stop() {
      await Promise.all(all.map((lane) => lane.stop()));
    },
  };
}
