import type { ChangedKeys, ItemJson, Topic } from '../pipeline/topic.ts';
import type { AskFigures } from '../shards/figures.ts';
import { toShard, toWorker } from './figures-json.ts';

// All workers that live, and so many of the finished ones: after weeks there are thousands of those.
const FINISHED_WORKERS = 100;
const EACH_MS = 1000;

/** What `GET /live` tells of shards and workers: figures change all the time, so they are read each second. */
export function workerTopics(askFigures: AskFigures): Topic[] {
  return [
    {
      name: 'workers',
      due: eachSecond(),
      async read() {
        const { workers } = await askFigures();
        const live = workers.filter(({ finishedAtMs }) => finishedAtMs === undefined);
        const finished = workers.filter(({ finishedAtMs }) => finishedAtMs !== undefined);
        return new Map(
          [...finished.slice(-FINISHED_WORKERS), ...live].map((worker): [string, ItemJson] => [
            String(worker.id),
            JSON.stringify(toWorker(worker)),
          ]),
        );
      },
    },
    {
      name: 'shards',
      due: eachSecond(),
      async read() {
        const { shards } = await askFigures();
        return new Map(
          shards.map((shard): [string, ItemJson] => [String(shard.shardId), JSON.stringify(toShard(shard))]),
        );
      },
    },
  ];
}

function eachSecond(): () => ChangedKeys {
  let readAtMs = -Infinity;
  return () => {
    if (performance.now() - readAtMs < EACH_MS) return new Set();
    readAtMs = performance.now();
    return 'all';
  };
}
