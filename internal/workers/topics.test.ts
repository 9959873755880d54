import { expect } from 'chai';

import type { Figures } from '../shards/figures.ts';
import { workerTopics } from './topics.ts';

function worker(id: number, finishedAtMs?: number): Figures['workers'][number] {
  return { id, shardId: 0, events: 7, createdAtMs: 0, finishedAtMs };
}

describe('the topics of shards and workers', () => {
  it('tell every worker that lives, and the last hundred that finished', async () => {
    const finished = Array.from({ length: 250 }, (_, id) => worker(id + 1, 1000));
    const [workers] = workerTopics(() =>
      Promise.resolve({ workers: [...finished, worker(900)], shards: [], measures: [] }),
    );
    const ids = [...((await workers?.read('all'))?.keys() ?? [])];
    expect(ids).to.have.length(101);
    expect([ids[0], ids.at(-1)]).to.deep.equal(['151', '900']);
  });

  it('are due at once, and then once a second', () => {
    for (const topic of workerTopics(() => Promise.resolve({ workers: [], shards: [], measures: [] }))) {
      expect(topic.due?.(0)).to.equal('all');
      expect(topic.due?.(0)).to.deep.equal(new Set());
    }
  });
});
