import { expect } from 'chai';

import type { CheckedTarget } from '../live/topics.ts';
import { outcomeTable } from './outcomes.ts';
import { percentLines } from './percent-lines.ts';

function target(counts: Record<string, number>, failure_percent: number, overdue = false): CheckedTarget {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    last: null,
    failed: false,
    error: null,
    overdue,
    summary: { window_seconds: 300, total, failures: 0, failure_percent, counts },
  };
}

describe('the table of checks', () => {
  it('counts checks without a response together and each status code by itself, the worst target first', () => {
    const { codes, rows } = outcomeTable(
      new Map([
        ['good', target({ '200': 60 }, 0)],
        ['bad', target({ '200': 10, '404': 1, timeout: 2, refused: 3 }, 37.5)],
        ['new', target({}, 0)],
      ]),
    );
    expect(codes).to.deep.equal(['200', '404', '500']);
    expect(rows.map(({ target: name, noResponse }) => [name, noResponse])).to.deep.equal([['bad', 5], ['good', 0], ['new', 0]]); // prettier-ignore
    expect(rows.map(({ failurePercent }) => failurePercent)).to.deep.equal([37.5, 0, null]);
  });

  it('has targets that are no longer checked before those that are well', () => {
    const well = target({ '200': 60 }, 0);
    const { rows } = outcomeTable(new Map([['a', well], ['b', target({ '200': 9 }, 0, true)]])); // prettier-ignore
    expect(rows.map(({ target: name }) => name)).to.deep.equal(['b', 'a']);
  });
});

describe('the lines of failure percentages', () => {
  it('end with the five minutes of which a target has checks', () => {
    const at = (target: string, minute: string) => ({
      target,
      timestamp: `2026-01-01T00:${minute}:00Z`,
      failure_percent: 10,
    });
    const points = [at('gone', '00'), at('here', '00'), at('here', '04'), at('here', '05'), at('here', '06')];
    const { byTarget } = percentLines({ points });
    expect(byTarget.get('gone')).to.deep.equal([10, 10, 10, null, null]);
  });

  it('share one axis of time, each keeping its value until its next check', () => {
    const points = [
      { target: 'b', timestamp: '2026-01-01T00:00:02Z', failure_percent: 50 },
      { target: 'a', timestamp: '2026-01-01T00:00:01Z', failure_percent: 0 },
      { target: 'a', timestamp: '2026-01-01T00:00:03Z', failure_percent: 10 },
    ];
    const start = Date.parse('2026-01-01T00:00:00Z') / 1000;
    expect(percentLines({ points })).to.deep.equal({
      times: [start + 1, start + 2, start + 3],
      byTarget: new Map([['a', [0, 0, 10]], ['b', [null, 50, 50]]]), // prettier-ignore
    });
  });
});
