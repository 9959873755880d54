import { expect } from 'chai';

import { namePrefix, serviceName } from './load-plan.ts';
import { planOf } from './testing/plan-of.ts';

describe('the names of services', () => {
  it('are the same for the same plan', () => {
    expect(namePrefix(planOf())).to.equal(namePrefix(planOf()));
  });

  it('do not depend on how the same reports are sent', () => {
    expect(namePrefix(planOf({ mode: 'single', batch: 1 }))).to.equal(namePrefix(planOf()));
  });

  it('are others for other reports, of which none is the beginning of another', () => {
    const others = [
      planOf(),
      planOf({ seed: 8 }),
      planOf({ services: 6 }),
      planOf({ events: 1001 }),
      planOf({ events: Infinity }),
      planOf({ shuffle: true }),
      planOf({ duplicates: 0.1 }),
      planOf({ startSecond: 0 }),
    ].map(namePrefix);
    expect(new Set(others)).to.have.length(others.length);
    for (const one of others) {
      expect(others.filter((other) => other.startsWith(one))).to.deep.equal([one]);
    }
  });

  it('differ from each other, and some are hard to put into a path', () => {
    const names = Array.from({ length: 40 }, (_, service) => serviceName('p-', service));
    expect(new Set(names)).to.have.length(40);
    expect(names.some((name) => /[/?%]/.test(name))).to.equal(true);
  });
});
