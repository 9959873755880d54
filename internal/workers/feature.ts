import { z } from 'zod';

import { answerJson } from '../frontdoor/answer.ts';
import { answerOf, dateTime, type Api } from '../frontdoor/operation.ts';
import { Problem } from '../frontdoor/problem.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { toShard, toWorker } from './figures-json.ts';
import { workerTopics } from './topics.ts';

/** `GET /workers`, `GET /workers/:id`, `GET /shards`: who did what since the service started. */
export function openWorkers({ askFigures }: Pick<Pipeline, 'askFigures'>): Feature {
  return {
    topics: workerTopics(askFigures),
    routes: {
      servesWithoutDatabase: true,
      isIntrospection: true,
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

const worker = z
  .object({
    id: z.int().min(1),
    shard_id: z.int(),
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
  about: 'Who did what since the service started.',
  operations: {
    'GET /workers': {
      operationId: 'getWorkers',
      summary: 'Every worker of this process since it started, oldest first',
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
        'What each shard of this process is doing and did; a batch with events of several shards counts for each',
      answers: {
        200: answerOf('In order of their ids.', z.object({ shards: z.array(shard) })),
        503: NOT_NOW,
      },
    },
  },
};
