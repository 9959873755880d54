import { expect } from 'chai';
import fc from 'fast-check';

import { makeSchedule, planOf, serviceNames, type PlannedReport } from './plan.ts';

const options = { seed: 3, startSecond: 500, endSecond: 1_500, loss: 0, duplicates: 0 };
const plans = (): Generator<PlannedReport, void>[] => serviceNames(8).map((name) => planOf(name, options));
const planned = plans().flatMap((plan) => [...plan]);
const key = ({ serviceName, timestamp }: PlannedReport): string => `${serviceName} ${timestamp}`;
const keys = (reports: PlannedReport[]): string[] => reports.map(key).sort();

describe('the schedule', () => {
  it('hands out every report once, in order of sendAt, whatever the steps of time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 400, noNaN: true })), (steps) => {
        const schedule = makeSchedule(plans(), options.startSecond);
        const taken: PlannedReport[] = [];
        let now = options.startSecond;
        for (const step of [...steps, 1_100]) {
          now += step;
          taken.push(...schedule.takeDue(now));
        }
        expect(keys(taken)).to.deep.equal(keys(planned));
        expect(taken).to.deep.equal(taken.toSorted((a, b) => a.sendAt - b.sendAt));
      }),
      { numRuns: 20 },
    );
  });

  it('hands out nothing before it is due', () => {
    const schedule = makeSchedule(plans(), options.startSecond);
    const taken = [...schedule.takeDue(700.9)];
    expect(keys(taken)).to.deep.equal(keys(planned.filter(({ sendAt }) => sendAt <= 700)));
  });

  it('hands out at once what is delayed when asked to, but nothing of the future', () => {
    const schedule = makeSchedule(plans(), options.startSecond);
    const taken = [...schedule.takeDue(700), ...schedule.takeDelayed()];
    expect(keys(taken)).to.deep.equal(keys(planned.filter(({ timestamp }) => timestamp <= 700)));
    expect([...schedule.takeDelayed()]).to.be.empty;
  });
});
