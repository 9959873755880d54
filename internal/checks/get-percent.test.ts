import { expect } from 'chai';

import { Problem } from '../frontdoor/problem.ts';
import { readSpan } from './get-checks.ts';

const NOW_MS = 1_700_000_000_000.5;

function faultsOf(query: string): string[] {
  try {
    readSpan(query, NOW_MS);
  } catch (error) {
    if (error instanceof Problem) return (error.errors ?? []).map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('the span of the percentages', () => {
  it('is the last 30 minutes unless something else is asked for', () => {
    expect(readSpan('', NOW_MS)).to.deep.equal({
      fromMs: 1_699_998_200_001,
      toMs: 1_700_000_000_001,
    });
    expect(readSpan('to=1700000000', NOW_MS).fromMs).to.equal(1_699_998_200_000);
  });

  it('is told in unix seconds or as RFC 3339', () => {
    const query = 'from=1699999000.25&to=2023-11-14T23:13:20.5+01:00';
    expect(readSpan(query, NOW_MS)).to.deep.equal({ fromMs: 1_699_999_000_250, toMs: 1_700_000_000_500 });
  });

  it('is at most a day and not turned round', () => {
    expect(faultsOf('from=1699913600')).to.deep.equal([]);
    expect(faultsOf('from=1699913599')).to.deep.equal(['from']);
    expect(faultsOf('from=1700000000&to=1700000000')).to.deep.equal(['from']);
  });

  it('has every fault told', () => {
    expect(faultsOf('from=yesterday&to=1&to=2')).to.deep.equal(['from', 'to']);
    for (const to of ['', '-1', '1e9', '2023-11-14', '2023-13-40T00:00:00Z', '999999999999']) {
      expect(faultsOf(`to=${to}`), to).to.deep.equal(['to']);
    }
  });
});
