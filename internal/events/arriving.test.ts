import { expect } from 'chai';

import { UnavailableError } from '../shards/unavailable.ts';
import { Arriving } from './post-events.ts';

const MEGABYTE = 1_000_000;
const MOST_EVENTS = 15_000;
const LONG_MS = 60_000;

describe('large bodies that are arriving', () => {
  let room = 0;
  let arriving: Arriving;

  beforeEach(() => {
    room = 20_000; // A hundred bytes each, as long as nothing else is known: two megabytes.
    arriving = new Arriving(() => room, MOST_EVENTS, LONG_MS);
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

  it('are counted by how many events others had, large events among small ones or not', () => {
    for (let time = 0; time < 20; time++) arriving.learn(MEGABYTE, [500, 500]); // A kilobyte each.
    arriving.admit(14 * MEGABYTE);
    expect(isAdmitted(7 * MEGABYTE)).to.equal(false);
    expect(isAdmitted(5 * MEGABYTE)).to.equal(true);
    arriving.learn(MEGABYTE, [1]);
    expect(isAdmitted(7 * MEGABYTE)).to.equal(false);
  });

  it('count as no more events than a body may have', () => {
    arriving.admit(100 * MEGABYTE);
    expect(isAdmitted(MEGABYTE / 2)).to.equal(true);
    expect(isAdmitted(MEGABYTE / 2)).to.equal(false);
  });

  it('are told of themselves what is wrong, if they come alone', () => {
    room = 0;
    expect(isAdmitted(100 * MEGABYTE)).to.equal(true);
    expect(isAdmitted(MEGABYTE)).to.equal(false);
  });

  it('leave nothing behind that counts, whatever sizes they had', () => {
    room = 15_000;
    for (const arrived of [262_151, 300_024, 400_020].map((bytes) => arriving.admit(bytes))) arrived();
    room = 0;
    expect(isAdmitted(MEGABYTE)).to.equal(true);
  });

  it('are tried all the same now and then, whatever others say that they send', () => {
    room = 0;
    arriving.admit(MEGABYTE);
    const admitted = Array.from({ length: 16 }, () => isAdmitted(MEGABYTE));
    expect(admitted.filter(Boolean)).to.have.length(2);
  });

  it('are not waited for if they take long', (done) => {
    room = 0;
    arriving = new Arriving(() => room, MOST_EVENTS, 1);
    arriving.admit(MEGABYTE);
    // A timer that was set later, for longer, ends later.
    setTimeout(() => {
      expect(isAdmitted(MEGABYTE)).to.equal(true);
      done();
    }, 2);
  });
});
