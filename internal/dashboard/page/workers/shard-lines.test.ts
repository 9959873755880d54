import { expect } from 'chai';

import { shardLines } from './shard-lines.ts';

const figures = (waiting: number) => ({ waiting, eventsPerSecond: 0, latencyP99Ms: null });
const moment = (now: number, ...waiting: number[]) => ({
  now,
  shards: new Map(waiting.map((each, id) => [id, figures(each)])),
});

describe('the lines of shards', () => {
  it('are one for each shard, with holes where it was not there', () => {
    expect(shardLines([moment(1, 4), moment(2, 5, 6)], ({ waiting }) => waiting, 'sum')).to.deep.equal([
      { title: 'shard 0', values: [4, 5] },
      { title: 'shard 1', values: [null, 6] },
    ]);
  });

  it('are one for all where they are too many to be told apart', () => {
    const many = [moment(1, 1, 2, 3, 4, 5, 6, 7, 8, 9)];
    expect(shardLines(many, ({ waiting }) => waiting, 'sum')).to.deep.equal([
      { title: 'all shards', values: [45] },
    ]);
    expect(shardLines(many, ({ waiting }) => waiting, 'greatest')).to.deep.equal([
      { title: 'slowest shard', values: [9] },
    ]);
    expect(shardLines(many, ({ latencyP99Ms }) => latencyP99Ms, 'greatest')[0]?.values).to.deep.equal([null]);
  });
});
