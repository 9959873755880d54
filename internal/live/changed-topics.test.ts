import { expect } from 'chai';

import { ChangedTopics } from './changed-topics.ts';

describe('what changed', () => {
  it('is gathered by topic, each key once, and forgotten when it is taken', () => {
    const changed = new ChangedTopics(10);
    changed.add('services', ['a', 'b']);
    changed.add('services', ['b', 'c']);
    changed.add('checks', ['x']);
    expect(changed.take('services')).to.deep.equal(new Set(['a', 'b', 'c']));
    expect(changed.take('services')).to.equal(undefined);
    expect(changed.takeAll()).to.deep.equal(new Map([['checks', new Set(['x'])]]));
    expect(changed.isEmpty).to.equal(true);
  });

  it('is all of a topic once it is more than is worth naming, and stays so', () => {
    const changed = new ChangedTopics(2);
    changed.add('services', ['a', 'b', 'c']);
    changed.add('services', ['d']);
    expect(changed.take('services')).to.equal('all');
  });

  it('is nothing where no key was named', () => {
    const changed = new ChangedTopics(2);
    changed.add('services', []);
    expect(changed.isEmpty).to.equal(true);
  });
});
