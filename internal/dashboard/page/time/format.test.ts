import { expect } from 'chai';

import { formatClock, formatDuration, formatMoment, formatShare } from './format.ts';

describe('times', () => {
  it('are told in the zone that is asked for', () => {
    expect(formatMoment(1_700_000_000, 'UTC')).to.equal('2023-11-14 22:13:20');
    expect(formatMoment(1_700_000_000, 'Asia/Kolkata')).to.equal('2023-11-15 03:43:20');
    expect(formatClock(1_700_000_000, 'UTC')).to.equal('22:13:20');
    expect(formatClock(1_699_920_000, 'UTC', { seconds: false })).to.equal('00:00');
  });

  it('of how long something took are told in their two largest units', () => {
    expect([-5, 0, 59.9, 60, 303, 3600, 86_399, 90_000, 1e7].map(formatDuration)).to.deep.equal([
      '0 s',
      '0 s',
      '59 s',
      '1 min 00 s',
      '5 min 03 s',
      '1 h 00 min',
      '23 h 59 min',
      '1 d 1 h',
      '115 d 17 h',
    ]);
  });
});

describe('a share', () => {
  it('tells little from nothing, and almost all from all', () => {
    expect([0, 0.0001, 0.0123, 0.994, 1].map(formatShare)).to.deep.equal([
      '0 %',
      '< 0.1 %',
      '1.2 %',
      '99.4 %',
      '100 %',
    ]);
  });
});
