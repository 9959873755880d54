import { expect } from 'chai';
import { retryAfterMs } from './retry-after.ts';

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

  it('makes the agent wait a minute at most', () => {
    expect(retryAfterMs('86400', nowMs)).to.equal(60_000);
  });
});
