import type { ChangedKeys, ItemJson, Topic } from '../pipeline/topic.ts';
import type { AskWorkers } from './ask-replicas.ts';
import { toShard, toWorker } from './figures-json.ts';

// All workers that live, and so many of the finished ones: after weeks there are thousands of those.
const FINISHED_WORKERS = 100;
const EACH_MS = 1000;
// Both topics are read in one turn.
const ANSWER_HOLDS_MS = 250;

/** What `GET /live` tells of shards and workers: figures change all the time, so they are read each second. */
export function workerTopics(ask: AskWorkers): Topic[] {
  let askedAtMs = -Infinity;
  let answer: ReturnType<AskWorkers> | undefined;
  const askOnce = () => {
    if (answer === undefined || performance.now() - askedAtMs > ANSWER_HOLDS_MS) {
      askedAtMs = performance.now();
      answer = ask(FINISHED_WORKERS);
    }
    return answer;
  };
  return [
    {
      name: 'workers',
      due: eachSecond(),
      async read() {
        const { workers } = await askOnce();
        return new Map(
          workers.map((worker): [string, ItemJson] => [String(worker.id), JSON.stringify(toWorker(worker))]),
        );
      },
    },
    {
      name: 'shards',
      due: eachSecond(),
      async read() {
        const { shards } = await askOnce();
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
