import { expect } from 'chai';

import { workerTopics } from './topics.ts';

describe('the topics of shards and workers', () => {
  it('are due at once, and then once a second', () => {
    for (const topic of workerTopics(() => Promise.resolve({ workers: [], shards: [] }))) {
      expect(topic.due?.(0)).to.equal('all');
      expect(topic.due?.(0)).to.deep.equal(new Set());
    }
  });
});
