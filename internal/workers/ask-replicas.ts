import { z } from 'zod';

import type { Pipeline } from '../pipeline/feature.ts';
import { mergeFigures, type Figures } from '../shards/figures.ts';

/** Who worked in all replicas, and what their shards do; of workers that finished at most so many of each process, the last. */
export type AskWorkers = (mostFinished: number) => Promise<Omit<Figures, 'measures'>>;

const KIND = 'workers';

// Of replicas of other versions as well.
const told = z.object({
  workers: z.array(
    z.object({
      id: z.int(),
      replica: z.string(),
      shardId: z.int(),
      createdAtMs: z.number(),
      finishedAtMs: z.number().optional(),
      events: z.int(),
    }),
  ),
  shards: z.array(
    z.object({
      ...{ shardId: z.int(), replica: z.string(), queuedEvents: z.int(), eventsInFlight: z.int() },
      ...{ liveWorkers: z.int(), batches: z.int(), events: z.int(), failedBatches: z.int() },
      ...{ latencyP50Ms: z.number().nullable(), latencyP99Ms: z.number().nullable() },
    }),
  ),
});

/**
 * Answers for this process whoever asks, and asks all others. While the database is away, over which they are asked, only
 * this replica's are told.
 */
export function askReplicas({
  ownFigures,
  askFigures,
  replicas,
}: Pick<Pipeline, 'ownFigures' | 'askFigures' | 'replicas'>): AskWorkers {
  replicas.onAsked(KIND, (mostFinished) => {
    const { workers, shards } = ownFigures();
    return JSON.stringify({ workers: lastOf(workers, Number(mostFinished)), shards });
  });
  return async (mostFinished) => {
    const answers = await replicas.ask(KIND, String(mostFinished)).catch(() => undefined);
    const { workers, shards } =
      answers === undefined ? await askFigures() : mergeFigures([ownFigures(), ...answers.flatMap(read)]);
    return { workers: lastOf(workers, mostFinished), shards };
  };
}

/** All workers that live, and so many of those that finished: the last of them. In the order in which they were. */
function lastOf(workers: Figures['workers'], mostFinished: number): Figures['workers'] {
  const finished = workers.filter(({ finishedAtMs }) => finishedAtMs !== undefined);
  const left = new Set(finished.slice(0, Math.max(0, finished.length - mostFinished)));
  return workers.filter((worker) => !left.has(worker));
}

/** What cannot be understood, of a version that tells other things, is left out. */
function read(answer: string): Figures[] {
  const { data } = told.safeParse(JSON.parse(answer));
  if (data === undefined) return [];
  const workers = data.workers.map((worker) => ({ finishedAtMs: undefined, ...worker }));
  return [{ workers, shards: data.shards, measures: [] }];
}
