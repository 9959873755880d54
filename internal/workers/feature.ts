import { answerJson } from '../frontdoor/answer.ts';
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
