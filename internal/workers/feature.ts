import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { answerOf, dateTime, type Api } from '../frontdoor/operation.ts';
import { Problem } from '../frontdoor/problem.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { askReplicas } from './ask-replicas.ts';
import { toShard, toWorker } from './figures-json.ts';
import { workerTopics } from './topics.ts';

/** `GET /workers`, `GET /workers/:id`, `GET /shards`: who did what in all replicas since they started. */
export function openWorkers(pipeline: Pick<Pipeline, 'ownFigures' | 'askFigures' | 'replicas'>): Feature {
  const ask = askReplicas(pipeline);
  return {
    topics: workerTopics(ask),
    routes: {
      servesWithoutDatabase: true,
      isIntrospection: true,
      add(router) {
        router.get('/workers', async (context) => {
          const { workers } = await ask(Infinity);
          answerJson(context, JSON.stringify({ workers: workers.map(toWorker) }));
        });
        router.get('/workers/:id', async (context) => {
          const id = context.params.id ?? '';
          const isId = /^[1-9]\d{0,15}$/.test(id);
          const record = isId
            ? (await ask(Infinity)).workers.find((worker) => worker.id === Number(id))
            : undefined;
          if (record === undefined) throw new Problem(404, 'not-found', 'There was no such worker.');
          answerJson(context, JSON.stringify({ workerData: toWorker(record) }));
        });
        router.get('/shards', async (context) => {
          const { shards } = await ask(0);
          answerJson(context, JSON.stringify({ shards: shards.map(toShard) }));
        });
      },
    },
  };
}

const replica = z.string().describe('REPLICA_NAME of the replica that it is of, or its host name and port.');
const worker = z
  .object({
    id: z.int().min(1),
    shard_id: z.int(),
    replica,
    events_count: z
      .int()
      .describe(
        'Events that this worker committed and that were acknowledged. Few events of several shards may be committed together, by a worker of one of them.',
      ),
    created_at: dateTime,
    finished_at: dateTime.optional().describe('Absent while the worker lives.'),
  })
  .meta({ id: 'Worker' });
const shard = z
  .object({
    id: z.int(),
    replica,
    queued: z.int().describe('events'),
    in_flight: z.int().describe('events'),
    live_workers: z.int(),
    batches: z.int(),
    failed_batches: z.int(),
    events: z.int(),
    flush_latency_ms: z.object({ p50: z.number().nullable(), p99: z.number().nullable() }),
  })
  .meta({ id: 'Shard' });
const NOT_NOW = 'Not now: too many requests at once, or one of several processes does not answer.';

export const api: Api = {
  tag: 'Workers',
  about:
    'Who did what since the replicas started, of all of them, whichever answers. Ids are unique among those that live. ' +
    'While the database is away, over which they ask each other, a replica tells only what is of itself.',
  operations: {
    'GET /workers': {
      operationId: 'getWorkers',
      summary: 'Every worker of every live replica since it started, oldest first',
      answers: {
        200: answerOf(
          'Finished ones too: events_count adds up to what was acknowledged.',
          z.object({ workers: z.array(worker) }),
        ),
        503: NOT_NOW,
      },
    },
    'GET /workers/{id}': {
      operationId: 'getWorker',
      summary: 'One worker',
      path: z.object({
        id: z
          .int()
          .min(1)
          .meta({ examples: [1] }),
      }),
      answers: {
        200: answerOf('Finished or not.', z.object({ workerData: worker })),
        404: 'There was no such worker.',
        503: NOT_NOW,
      },
    },
    'GET /shards': {
      operationId: 'getShards',
      summary:
        'What each shard of every live replica is doing and did; a batch with events of several shards counts for each',
      answers: {
        200: answerOf('In order of their ids.', z.object({ shards: z.array(shard) })),
        503: NOT_NOW,
      },
    },
  },
};
