import type { OfReplica, ShardStatus, WorkerRecord } from '../shards/figures.ts';

/** A worker as `GET /workers` tells it: times as RFC 3339, `finished_at` only once it ended. */
export function toWorker({
  id,
  shardId,
  replica,
  events,
  createdAtMs,
  finishedAtMs,
}: OfReplica<WorkerRecord>): object {
  return {
    id,
    shard_id: shardId,
    replica,
    events_count: events,
    created_at: new Date(createdAtMs).toISOString(),
    ...(finishedAtMs !== undefined && { finished_at: new Date(finishedAtMs).toISOString() }),
  };
}

/** A shard as `GET /shards` tells it, since the start of the service. */
export function toShard(status: OfReplica<ShardStatus>): object {
  return {
    id: status.shardId,
    replica: status.replica,
    queued: status.queuedEvents,
    in_flight: status.eventsInFlight,
    live_workers: status.liveWorkers,
    batches: status.batches,
    failed_batches: status.failedBatches,
    events: status.events,
    flush_latency_ms: { p50: status.latencyP50Ms, p99: status.latencyP99Ms },
  };
}
