import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory, type Sighting } from '../testing/arbitrary-reports.ts';
import { modelAnswers } from '../testing/timeline-model.ts';
import { timelineVectors } from '../testing/vectors.ts';
import { intervalsOf, isOngoing, stateAt, type ObservedSeconds, type SecondRange } from './timeline.ts';

/** The seconds from `start` up to before `end`. */
const range = (start: number, end: number): SecondRange => ({ start, end });
const deploy = (start: number, end: number) => ({ state: 'deploy' as const, start, end });
const issue = (start: number, end: number) => ({ state: 'issue' as const, start, end });

/** Sightings as ranges of one second each, which touch as the hours of a history do. */
function observedOf(sightings: readonly Sighting[]): ObservedSeconds {
  const seconds = (state: string) => {
    const seen = sightings.filter((sighting) => sighting.state === state);
    return [...new Set(seen.map(({ timestamp }) => Math.floor(timestamp)))].sort((a, b) => a - b);
  };
  const ranges = (state: string) => seconds(state).map((second) => range(second, second + 1));
  return { deploy: ranges('deploy'), issue: ranges('issue') };
}

/** The same seconds in as few ranges as possible. */
function joined(ranges: readonly SecondRange[]): SecondRange[] {
  return ranges.reduce<SecondRange[]>((all, next) => {
    const last = all.at(-1);
    return last?.end === next.start ? [...all.slice(0, -1), range(last.start, next.end)] : [...all, next];
  }, []);
}

/** The two answers about one service, as the endpoints give them. */
function answersOf(observed: ObservedSeconds, now: number, gapSeconds: number, maxDelaySeconds: number) {
  const newestFirst = intervalsOf(observed, gapSeconds).reverse();
  const [newest] = newestFirst;
  return {
    service: newest && stateAt(newest, now, { gapSeconds, maxDelaySeconds }),
    latestEvents: newestFirst.slice(0, 50).map((interval) => ({
      state: interval.state,
      start_time: interval.start,
      end_time:
        interval === newest && isOngoing(interval, now, { gapSeconds, maxDelaySeconds })
          ? null
          : interval.end,
    })),
  };
}

const nothing: readonly SecondRange[] = [];

describe('the timeline', () => {
  it('has no interval where nothing was seen', () => {
    expect(intervalsOf({ deploy: nothing, issue: nothing }, 2)).to.deep.equal([]);
  });

  it('ends an interval one second after its last second', () => {
    expect(intervalsOf({ deploy: [range(1000, 1001)], issue: nothing }, 2)).to.deep.equal([
      deploy(1000, 1001),
    ]);
  });

  for (const gapSeconds of [1, 2, 3, 10, 3600]) {
    it(`joins seconds of one state ${gapSeconds} s apart, and not ${gapSeconds + 1} s, with that gap`, () => {
      const apart = (seconds: number) => [range(1000, 1001), range(1000 + seconds, 1001 + seconds)];
      expect(intervalsOf({ deploy: nothing, issue: apart(gapSeconds) }, gapSeconds)).to.deep.equal([
        issue(1000, 1001 + gapSeconds),
      ]);
      expect(intervalsOf({ deploy: nothing, issue: apart(gapSeconds + 1) }, gapSeconds)).to.deep.equal([
        issue(1000, 1001),
        issue(1001 + gapSeconds, 1002 + gapSeconds),
      ]);
    });
  }

  it('lets the other state between two seconds split them, however small the hole', () => {
    const observed = { deploy: [range(11, 12)], issue: [range(10, 11), range(12, 13)] };
    expect(intervalsOf(observed, 3600)).to.deep.equal([issue(10, 11), deploy(11, 12), issue(12, 13)]);
  });

  it('counts a second seen in both states as issue', () => {
    const cases: [SecondRange[], SecondRange[], unknown][] = [
      [[range(0, 5)], [range(0, 5)], [issue(0, 5)]],
      [[range(0, 5)], [range(0, 1)], [issue(0, 1), deploy(1, 5)]],
      [[range(0, 5)], [range(4, 5)], [deploy(0, 4), issue(4, 5)]],
      [[range(2, 3)], [range(0, 5)], [issue(0, 5)]],
      [[range(0, 3), range(6, 9)], [range(2, 7)], [deploy(0, 2), issue(2, 7), deploy(7, 9)]],
      [
        [range(0, 9)],
        [range(2, 3), range(5, 6)],
        [deploy(0, 2), issue(2, 3), deploy(3, 5), issue(5, 6), deploy(6, 9)],
      ],
    ];
    for (const [deployed, issues, expected] of cases) {
      expect(intervalsOf({ deploy: deployed, issue: issues }, 2)).to.deep.equal(expected);
    }
  });

  it('is ongoing while a report of the next second could still be on its way, and idle since its end then', () => {
    const newest = deploy(1000, 1005);
    expect(stateAt(newest, 1015.999, { gapSeconds: 2, maxDelaySeconds: 10 })).to.deep.equal({
      state: 'deploy',
      since: 1000,
    });
    expect(stateAt(newest, 1016, { gapSeconds: 2, maxDelaySeconds: 10 })).to.deep.equal({
      state: 'idle',
      since: 1005,
    });
    expect(stateAt(newest, 1005.999, { gapSeconds: 2, maxDelaySeconds: 0 })).to.deep.equal({
      state: 'deploy',
      since: 1000,
    });
    expect(stateAt(newest, 1006, { gapSeconds: 2, maxDelaySeconds: 0 })).to.deep.equal({
      state: 'idle',
      since: 1005,
    });
  });

  it('is ongoing the longer the more seconds may lie between two reports', () => {
    const newest = deploy(1000, 1005);
    const rules = { gapSeconds: 30, maxDelaySeconds: 10 };
    expect(stateAt(newest, 1043.999, rules)).to.deep.equal({ state: 'deploy', since: 1000 });
    expect(stateAt(newest, 1044, rules)).to.deep.equal({ state: 'idle', since: 1005 });
  });

  for (const { name, now, reports, expected } of timelineVectors) {
    it(`gives what the worked case expects: ${name}`, () => {
      expect(answersOf(observedOf(reports), now, 2, 10)).to.deep.equal({
        service: expected.services.web,
        latestEvents: expected.latest_events,
      });
    });
  }

  it('equals the model for any history, gap, delay and time, however its seconds are cut into ranges', () => {
    const rules = fc.record({
      gapSeconds: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 3595, max: 3600 })),
      maxDelaySeconds: fc.integer({ min: 0, max: 20 }),
      sinceLast: fc.double({ min: -2, max: 30, noNaN: true }),
    });
    fc.assert(
      fc.property(arbitraryHistory, rules, (history, { gapSeconds, maxDelaySeconds, sinceLast }) => {
        const now = Math.max(...history.map(({ timestamp }) => timestamp)) + sinceLast;
        const reports = history.map((sighting) => ({ service_name: 'web', ...sighting }));
        const model = modelAnswers(reports, now, { gapSeconds, maxDelaySeconds });
        const expected = {
          service: model.services.get('web'),
          latestEvents: model.latestEvents.get('web'),
        };
        const cut = observedOf(history);
        const whole = { deploy: joined(cut.deploy), issue: joined(cut.issue) };
        expect(answersOf(cut, now, gapSeconds, maxDelaySeconds)).to.deep.equal(expected);
        expect(answersOf(whole, now, gapSeconds, maxDelaySeconds)).to.deep.equal(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the model that the timeline is compared with', () => {
  for (const { name, now, reports, expected } of timelineVectors) {
    it(`gives what the worked case expects: ${name}`, () => {
      const { services, latestEvents } = modelAnswers(reports, now);
      expect(Object.fromEntries(services)).to.deep.equal(expected.services);
      expect(latestEvents.get('web')).to.deep.equal(expected.latest_events);
    });
  }
});
