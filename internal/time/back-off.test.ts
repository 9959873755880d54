import { expect } from 'chai';

import { pauseMs, retryAfterMs } from './back-off.ts';

const pauses = { firstMs: 100, longestMs: 1000 };
const most = () => 1;

describe('the pause after failures', () => {
  it('doubles up to a bound', () => {
    const lengths = [1, 2, 3, 4, 5, 6].map((failures) => pauseMs(failures, pauses, most));
    expect(lengths).to.deep.equal([100, 200, 400, 800, 1000, 1000]);
  });

  it('is a random part shorter, at most by half', () => {
    expect(pauseMs(1, pauses, () => 0)).to.equal(50);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.UTC(2024, 0, 1);

  it('is read as seconds or as a date', () => {
    expect(retryAfterMs('3', nowMs)).to.equal(3_000);
    expect(retryAfterMs('Mon, 01 Jan 2024 00:00:05 GMT', nowMs)).to.equal(5_000);
  });

  it('does not matter if it is missing, past or nonsense', () => {
    expect(retryAfterMs(undefined, nowMs)).to.equal(0);
    expect(retryAfterMs('Sun, 31 Dec 2023 00:00:00 GMT', nowMs)).to.equal(0);
    expect(retryAfterMs('soon', nowMs)).to.equal(0);
  });

  it('makes nobody wait for more than a minute', () => {
    expect(retryAfterMs('86400', nowMs)).to.equal(60_000);
  });
});
