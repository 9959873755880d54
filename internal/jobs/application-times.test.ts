import { expect } from 'chai';
import fc from 'fast-check';

import { mergeTimes, noTimes, timesOf, type ApplicationTimes } from './run-state.ts';

const startAt = (ms: number): ApplicationTimes => ({ firstStartMs: ms, lastStartMs: ms, lastEndMs: null });
const endAt = (ms: number): ApplicationTimes => ({ ...noTimes, lastEndMs: ms });

describe('the times that a Spark event says', () => {
  it('are those of the start and the end of an application', () => {
    expect(timesOf({ Event: 'SparkListenerApplicationStart', Timestamp: 5 })).to.deep.equal(startAt(5));
    expect(timesOf({ Event: 'SparkListenerApplicationEnd', Timestamp: 7 })).to.deep.equal(endAt(7));
    expect(timesOf({ Event: 'ApplicationStart', Timestamp: 0 })).to.deep.equal(startAt(0));
    expect(timesOf({ Event: 'ApplicationEnd', Timestamp: 0 })).to.deep.equal(endAt(0));
  });

  for (const event of [
    {},
    { Event: 'SparkListenerJobStart', Timestamp: 5 },
    { Event: 'SparkListenerApplicationStarted', Timestamp: 5 },
    { Event: 'org.apache.spark.sql.SparkListenerApplicationEnd', Timestamp: 5 },
    { Event: ['SparkListenerApplicationEnd'], Timestamp: 5 },
    { Event: 'SparkListenerApplicationEnd' },
    { Event: 'SparkListenerApplicationEnd', Timestamp: '5' },
    { Event: 'SparkListenerApplicationEnd', Timestamp: -5 },
    { Event: 'SparkListenerApplicationEnd', Timestamp: Infinity },
    { event: 'SparkListenerApplicationEnd', timestamp: 5 },
  ]) {
    it(`are none in ${JSON.stringify(event)}`, () => {
      expect(timesOf(event)).to.deep.equal(noTimes);
    });
  }

  it('are the same in any order and however often they are said', () => {
    const said = fc.oneof(fc.nat().map(startAt), fc.nat().map(endAt), fc.constant(noTimes));
    const merge = (all: readonly ApplicationTimes[]) => all.reduce(mergeTimes, noTimes);
    const shuffledWithRepeats = fc
      .array(said, { minLength: 1 })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
      );
    fc.assert(
      fc.property(shuffledWithRepeats, ([all, again]) => {
        expect(merge(again)).to.deep.equal(merge(all));
      }),
    );
  });
});
