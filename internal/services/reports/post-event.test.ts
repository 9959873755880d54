import { expect } from 'chai';

import { parseReport } from './post-event.ts';

const NOW = 1_700_000_000;
const MAX_FUTURE_SECONDS = 60;

const parse = (value: unknown, now = NOW) => parseReport(value, now, MAX_FUTURE_SECONDS);
const withTimestamp = (timestamp: number) => ({ service_name: 'web', state: 'issue', timestamp });

describe('parseReport', () => {
  it('returns the report with the second its timestamp falls in', () => {
    expect(parse(withTimestamp(NOW + 0.999))).to.deep.equal({
      serviceName: 'web',
      state: 'issue',
      second: NOW,
    });
  });

  it('ignores unknown fields and copies none', () => {
    const report = parse({ ...withTimestamp(1), extra: 1 });
    expect(report).to.have.all.keys('serviceName', 'state', 'second');
  });

  it('reports every field at fault, in the order of the contract', () => {
    expect(parse({ service_name: '', state: 'idle', timestamp: -1 })).to.deep.equal([
      { field: 'service_name', message: 'must not be empty' },
      { field: 'state', message: 'must be "deploy" or "issue"' },
      { field: 'timestamp', message: 'must not be negative' },
    ]);
  });

  it('reports what is no object as a fault of the whole', () => {
    for (const value of [undefined, null, 1, 'web', true, [], [withTimestamp(1)]]) {
      expect(parse(value)).to.deep.equal([{ field: '', message: 'must be a JSON object' }]);
    }
  });

  it('takes timestamps up to exactly so many seconds ahead', () => {
    expect(parse(withTimestamp(NOW + MAX_FUTURE_SECONDS))).to.not.be.an('array');
    expect(parse(withTimestamp(NOW + MAX_FUTURE_SECONDS + 0.001))).to.be.an('array');
  });

  it('says so only of what can be nothing but milliseconds', () => {
    const messageFor = (timestamp: number) => JSON.stringify(parse(withTimestamp(timestamp)));
    expect(messageFor(NOW * 1000)).to.include('milliseconds');
    expect(messageFor(1e11)).to.include('milliseconds');
    expect(messageFor(99_999_999_999)).to.include('60 seconds ahead');
    expect(messageFor(NOW * 1e6)).to.include('60 seconds ahead');
  });

  it('takes any second that is not ahead of the clock, however far the clock is', () => {
    expect(parse(withTimestamp(2e11), 2e11)).to.not.be.an('array');
  });

  it('refuses numbers that are not finite', () => {
    for (const timestamp of [NaN, Infinity, -Infinity]) {
      expect(parse(withTimestamp(timestamp))).to.deep.equal([
        { field: 'timestamp', message: 'must be finite' },
      ]);
    }
  });
});
