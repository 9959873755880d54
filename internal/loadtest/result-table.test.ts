import { expect } from 'chai';

import { exitStatusOf, resultTable, type LoadResult } from './result.ts';

const result: LoadResult = {
  mode: 'bulk',
  seed: 5,
  connections: 64,
  interrupted: false,
  seconds: 2,
  requests: 100,
  events: 1_000_000,
  requestsPerSecond: 50,
  eventsPerSecond: 500_000,
  mebibytesPerSecond: 12.345,
  latencyMs: { p50: 1.234, p90: 20, p99: 300, p99_9: 4000, max: 5000 },
  errors: {},
  retries: 0,
  givenUp: 0,
  notSent: 0,
  starvedSeconds: 0,
  verification: null,
};
const verification = { compared: 10, notComparable: 0, different: 0, first: [] };

describe('the table of results', () => {
  it('shows what was done', () => {
    expect(resultTable(result)).to.equal(
      [
        'mode        bulk, seed 5, 64 connections',
        'time        2.00 s',
        'requests    100 (50/s)',
        'events      1,000,000 (500,000/s)',
        'sent        12.35 MiB/s',
        '  p50       1.23 ms',
        '  p90       20.00 ms',
        '  p99       300 ms',
        '  p99.9     4,000 ms',
        '  max       5,000 ms',
        'errors      0',
        '',
      ].join('\n'),
    );
  });

  it('shows what went wrong', () => {
    const text = resultTable({
      ...result,
      interrupted: true,
      errors: { 'status 503': { count: 7, detail: 'The queue is full.' }, reset: { count: 1, detail: '' } },
      retries: 6,
      givenUp: 2,
      notSent: 3,
      starvedSeconds: 0.5,
    });
    expect(text).to.include('2.00 s, interrupted\n').and.include('errors      8\n');
    expect(text).to.include('  status 503 7  The queue is full.\n').and.include('  reset     1\n');
    expect(text).to.include('sent again  6\n').and.include('given up    2\n').and.include('not sent    3 ');
    expect(text).to.include('waited      0.50 s');
  });

  it('shows what was verified', () => {
    expect(resultTable({ ...result, verification })).to.match(
      /verified {4}10 services compared: 0 differences\n$/,
    );
    const first = [{ service: 'a', question: 'state', expected: 'idle since 5', got: 'not there' }];
    expect(
      resultTable({ ...result, verification: { compared: 9, notComparable: 1, different: 1, first } }),
    ).to.match(
      /9 services compared, 1 not comparable: 1 differences\n {2}differs {3}"a" state: expected idle since 5, got not there\n$/,
    );
  });
});

describe('the exit status', () => {
  it('is 0 if something was acknowledged and nothing is different', () => {
    expect(exitStatusOf(result)).to.equal(0);
    expect(exitStatusOf({ ...result, verification })).to.equal(0);
  });

  it('is 1 if nothing was acknowledged, something is different, or nothing could be compared', () => {
    expect(exitStatusOf({ ...result, requests: 0 })).to.equal(1);
    expect(exitStatusOf({ ...result, verification: { ...verification, different: 1 } })).to.equal(1);
    expect(exitStatusOf({ ...result, verification: { ...verification, compared: 0 } })).to.equal(1);
  });
});
