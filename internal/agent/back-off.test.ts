import { expect } from 'chai';

import { BackOff } from './delivery.ts';

describe('the back-off', () => {
  const noJitter = (): number => 1;

  it('pauses after a failure, then lets one request probe, then all', () => {
    const backOff = new BackOff(64, noJitter);
    expect(backOff.allowedInFlight(0)).to.equal(64);
    backOff.failed(backOff.round, 0, 0);
    expect(backOff.allowedInFlight(99)).to.equal(0);
    expect(backOff.allowedInFlight(100)).to.equal(1);
    backOff.succeeded(backOff.round);
    expect(backOff.allowedInFlight(100)).to.equal(64);
  });

  it('pauses twice as long each time, up to five seconds', () => {
    const backOff = new BackOff(64, noJitter);
    const pauses = Array.from({ length: 8 }, () => {
      backOff.failed(backOff.round, 0, 0);
      return backOff.pausedUntilMs;
    });
    expect(pauses).to.deep.equal([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('shortens a pause by up to half at random, but never what Retry-After asks for', () => {
    const backOff = new BackOff(64, () => 0);
    backOff.failed(backOff.round, 0, 2_000);
    expect(backOff.pausedUntilMs).to.equal(2_050);
  });

  it('ignores what requests from before the pause meet, except their Retry-After', () => {
    const backOff = new BackOff(64, noJitter);
    const { round } = backOff;
    backOff.failed(round, 0, 0);
    backOff.succeeded(round);
    backOff.failed(round, 0, 0);
    expect(backOff.pausedUntilMs).to.equal(100);
    expect(backOff.allowedInFlight(100)).to.equal(1);
    backOff.failed(round, 0, 3_000);
    expect(backOff.allowedInFlight(2_999)).to.equal(0);
  });
});
