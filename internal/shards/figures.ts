import type { ShardStatus } from './shards.ts';
import { oldestFirst, type WorkerRecord } from './worker-registry.ts';

/** Who worked and what each shard is doing. Plain data: it crosses processes. */
export interface Figures {
  /** Oldest first. */
  readonly workers: readonly Readonly<WorkerRecord>[];
  readonly shards: readonly ShardStatus[];
}

/** Asks for the figures of all processes of the service. */
export type AskFigures = () => Promise<Figures>;

/** The figures of several processes as one. */
export function mergeFigures(all: readonly Figures[]): Figures {
  return {
    workers: all.flatMap(({ workers }) => workers).toSorted(oldestFirst),
    shards: all.flatMap(({ shards }) => shards).toSorted((a, b) => a.shardId - b.shardId),
  };
}
