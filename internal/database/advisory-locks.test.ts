import { expect } from 'chai';

import { lockNumbers } from './advisory-locks.ts';

describe('our advisory locks', () => {
  it('have a number each', () => {
    const numbers = Object.values(lockNumbers);
    expect(new Set(numbers).size).to.equal(numbers.length);
  });
});
