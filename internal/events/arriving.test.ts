import { expect } from 'chai';

import { UnavailableError } from '../shards/unavailable.ts';
import { Arriving } from './post-events.ts';

const MEGABYTE = 1_000_000;

describe('large bodies that are arriving', () => {
  let room = 0;
  let arriving: Arriving;

  beforeEach(() => {
    room = 20_000; // A hundred bytes each, as long as nothing else is known: two megabytes.
    arriving = new Arriving(() => room);
  });

  const isAdmitted = (bytes: number): boolean => {
    try {
      arriving.admit(bytes);
      return true;
    } catch (error) {
      expect(error).to.be.instanceOf(UnavailableError);
      return false;
    }
  };

  it('are refused once those before them are likely to fill the queues, until one is there', () => {
    const arrived = arriving.admit(MEGABYTE);
    expect(isAdmitted(MEGABYTE)).to.equal(true);
    expect(isAdmitted(MEGABYTE)).to.equal(false);
    arrived();
    arrived();
    expect(isAdmitted(MEGABYTE)).to.equal(true);
    expect(isAdmitted(MEGABYTE)).to.equal(false);
  });

  it('are counted by how many events others had', () => {
    for (let time = 0; time < 20; time++) arriving.learn(MEGABYTE, [500, 500]); // A kilobyte each.
    arriving.admit(19 * MEGABYTE);
    expect(isAdmitted(2 * MEGABYTE)).to.equal(false);
    expect(isAdmitted(MEGABYTE / 2)).to.equal(true);
  });

  it('are told of themselves what is wrong, if they come alone', () => {
    room = 0;
    expect(isAdmitted(100 * MEGABYTE)).to.equal(true);
    expect(isAdmitted(MEGABYTE)).to.equal(false);
  });

  it('do not hold up small ones, nor those that do not say how large they are', () => {
    room = 0;
    arriving.admit(MEGABYTE);
    expect(isAdmitted(1000)).to.equal(true);
    expect(isAdmitted(NaN)).to.equal(true);
    arriving.learn(1000, [1]);
    arriving.learn(MEGABYTE, [0, 0]);
    expect(isAdmitted(MEGABYTE)).to.equal(false);
  });

  it('are not waited for if they take long', (done) => {
    room = 0;
    arriving.admit(MEGABYTE);
    // A timer that was set later, and for as long, ends later.
    setTimeout(() => {
      expect(isAdmitted(MEGABYTE)).to.equal(true);
      done();
    }, 1001);
  });
});
