import { answerJson } from '../frontdoor/answer.ts';
import { Problem } from '../frontdoor/problem.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import type { ShardStatus } from '../shards/shards.ts';
import type { WorkerRecord } from '../shards/worker-registry.ts';

/** `GET /workers`, `GET /workers/:id`, `GET /shards`: who did what since the service started. */
export function openWorkers({ askFigures }: Pick<Pipeline, 'askFigures'>): Feature {
  return {
    routes: {
      servesWithoutDatabase: true,
      add(router) {
        router.get('/workers', async (context) => {
          const { workers } = await askFigures();
          answerJson(context, JSON.stringify({ workers: workers.map(toWorker) }));
        });
        router.get('/workers/:id', async (context) => {
          const id = context.params.id ?? '';
          const isId = /^[1-9]\d{0,15}$/.test(id);
          const record = isId
            ? (await askFigures()).workers.find((worker) => worker.id === Number(id))
            : undefined;
          if (record === undefined) throw new Problem(404, 'not-found', 'There was no such worker.');
          answerJson(context, JSON.stringify({ workerData: toWorker(record) }));
        });
        router.get('/shards', async (context) => {
          const { shards } = await askFigures();
          answerJson(context, JSON.stringify({ shards: shards.map(toShard) }));
        });
      },
    },
  };
}

/** Times as RFC 3339; `finished_at` only once the worker ended. */
function toWorker({ id, shardId, events, createdAtMs, finishedAtMs }: WorkerRecord): object {
  return {
    id,
    shard_id: shardId,
    events_count: events,
    created_at: new Date(createdAtMs).toISOString(),
    ...(finishedAtMs !== undefined && { finished_at: new Date(finishedAtMs).toISOString() }),
  };
}

function toShard(status: ShardStatus): object {
  return {
    id: status.shardId,
    queued: status.queuedEvents,
    in_flight: status.eventsInFlight,
    live_workers: status.liveWorkers,
    batches: status.batches,
    failed_batches: status.failedBatches,
    events: status.events,
    flush_latency_ms: { p50: status.latencyP50Ms, p99: status.latencyP99Ms },
  };
}
