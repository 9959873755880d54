import { expect } from 'chai';

import { readConfig } from './configuration.ts';
import { features } from './features.ts';
import { ConfigError } from '../../internal/config/config.ts';
import { budgetOf } from '../../internal/processes/budget.ts';

const budget = (environment: Record<string, string>) => budgetOf(readConfig(environment), features);

describe('the connections of a process', () => {
  it('are as many as its workers and all else may need, unless that is bounded', () => {
    expect(budget({})).to.deep.equal({ connections: 25, workers: [3, 3, 3, 3, 3] });
    expect(budget({ DATABASE_CONNECTIONS: '100' })).to.deep.equal(budget({}));
    expect(
      budget({ CHECK_TARGETS: 'web=http://localhost', NOTIFY_URLS: 'http://localhost' }).connections,
    ).to.equal(27);
  });

  it('that are fewer are shared by the workers of all shards', () => {
    expect(budget({ DATABASE_CONNECTIONS: '22' })).to.deep.equal({
      connections: 22,
      workers: [3, 3, 2, 2, 2],
    });
    expect(budget({ DATABASE_CONNECTIONS: '15' }).workers).to.deep.equal([1, 1, 1, 1, 1]);
    expect(budget({ DATABASE_CONNECTIONS: '45', PROCESSES: '3' }).workers).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('are too few where a shard would have no worker', () => {
    const tooFew = { DATABASE_CONNECTIONS: '44', PROCESSES: '3' };
    expect(() => budget(tooFew)).to.throw(
      ConfigError,
      /at least 45: one for each of 5 SHARDS and 10 for all else/,
    );
  });
});
