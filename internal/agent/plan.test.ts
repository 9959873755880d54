import { expect } from 'chai';
import fc from 'fast-check';

import { planOf, type PlannedReport, type PlanOptions } from './plan.ts';

const options: PlanOptions = { seed: 1, startSecond: 1_000, endSecond: 401_000, loss: 0, duplicates: 0 };
const plan = [...planOf('cache', options)];

/** Cuts a plan where the time between two reports is not one second or the state changes. */
function runsOf(reports: PlannedReport[]): PlannedReport[][] {
  const runs: PlannedReport[][] = [];
  for (const report of reports) {
    const last = runs.at(-1)?.at(-1);
    if (last?.timestamp === report.timestamp - 1 && last.state === report.state) runs.at(-1)?.push(report);
    else runs.push([report]);
  }
  return runs;
}

function shareOf(reports: PlannedReport[], matches: (report: PlannedReport) => boolean): number {
  return reports.filter(matches).length / reports.length;
}

describe('the plan of a service', () => {
  it('reports one state for 1 to 60 seconds', () => {
    // A silence of 0 s between two runs of one state joins them.
    const lengths = runsOf(plan).map((run) => run.length);
    const unjoined = lengths.filter((length) => length <= 60);
    expect(new Set(unjoined).size).to.equal(60);
    expect(lengths.length - unjoined.length).to.be.below(lengths.length / 100);
    expect(shareOf(plan, ({ state }) => state === 'deploy')).to.be.within(0.45, 0.55);
  });

  it('is silent for 0 to 119 seconds in between', () => {
    const silences = new Set<number>();
    let previous: PlannedReport | undefined;
    for (const report of plan) {
      const gap = report.timestamp - (previous?.timestamp ?? report.timestamp - 1) - 1;
      if (gap > 0 || report.state !== previous?.state) silences.add(gap);
      previous = report;
    }
    expect([...silences].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 120 }, (_, gap) => gap));
  });

  it('delays a third of the reports by 0 to 9 seconds', () => {
    const delays = plan.map(({ sendAt, timestamp }) => sendAt - timestamp);
    expect(new Set(delays)).to.deep.equal(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    // A tenth of the delayed ones is delayed by 0 s.
    expect(shareOf(plan, ({ sendAt, timestamp }) => sendAt > timestamp)).to.be.within(0.29, 0.31);
  });

  it('is the same for the same name and options, and another for another name or seed', () => {
    expect([...planOf('cache', options)]).to.deep.equal(plan);
    expect([...planOf('database', options)].slice(0, 9)).to.not.deep.equal(plan.slice(0, 9));
    expect([...planOf('cache', { ...options, seed: 2 })].slice(0, 9)).to.not.deep.equal(plan.slice(0, 9));
  });

  it('loses and doubles the asked share, and changes nothing else', () => {
    const lossy = [...planOf('cache', { ...options, loss: 0.1, duplicates: 0.2 })];
    expect(shareOf(lossy, ({ copies }) => copies === 0)).to.be.within(0.09, 0.11);
    expect(shareOf(lossy, ({ copies }) => copies === 2)).to.be.within(0.17, 0.19);
    expect(lossy.map((report) => ({ ...report, copies: 1 }))).to.deep.equal(plan);
  });

  it('has whole seconds in order, from the start to before the end, sent at most 9 seconds late', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(2e9), fc.nat(2_000), (name, seed, startSecond, duration) => {
        const endSecond = startSecond + duration;
        let previous = startSecond - 1;
        for (const { timestamp, sendAt } of planOf(name, { ...options, seed, startSecond, endSecond })) {
          expect(timestamp).to.be.above(previous).and.below(endSecond);
          expect(timestamp % 1).to.equal(0);
          expect(sendAt - timestamp).to.be.within(0, 9);
          previous = timestamp;
        }
      }),
    );
  });

  it('may go on for ever', () => {
    const endless = planOf('cache', { ...options, endSecond: Infinity });
    expect(plan.map(() => endless.next().value)).to.deep.equal(plan);
  });
});
