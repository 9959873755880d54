import { expect } from 'chai';

import { Latencies } from './tally.ts';

describe('latencies', () => {
  it('have percentiles, exact to three digits', () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 10_000; ms++) latencies.record(ms / 10);
    const { p50, p90, p99, p99_9, max } = latencies.summary();
    expect(p50).to.be.closeTo(500, 1);
    expect(p90).to.be.closeTo(900, 1);
    expect(p99).to.be.closeTo(990, 1);
    expect(p99_9).to.be.closeTo(999, 1);
    expect(max).to.be.closeTo(1000, 1);
  });

  it('may be shorter than a microsecond, and longer than an hour', () => {
    const latencies = new Latencies();
    latencies.record(0);
    latencies.record(1e9);
    expect(latencies.summary()).to.include({ p50: 0.001 });
    expect(latencies.summary().max).to.be.closeTo(3_600_000, 3600);
  });

  it('have none as long as nothing was recorded, or was emptied', () => {
    const latencies = new Latencies();
    const nothing = { p50: null, p90: null, p99: null, p99_9: null, max: null };
    expect(latencies.summary()).to.deep.equal(nothing);
    latencies.record(1);
    latencies.reset();
    expect(latencies.summary()).to.deep.equal(nothing);
  });
});
