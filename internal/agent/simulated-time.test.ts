import { expect } from 'chai';

import { simulatedClock, simulationStart } from './agent.ts';

describe('simulated time', () => {
  it('is real time at speed 1', () => {
    const pace = { speedUp: 1, durationSeconds: 60, startSecond: undefined };
    expect(simulationStart(pace, 1_000.25)).to.equal(1_000.25);
  });

  it('begins so far in the past that a sped-up run ends at the present', () => {
    const pace = { speedUp: 60, durationSeconds: 3_600, startSecond: undefined };
    let nowMs = 5_000_000;
    const clock = simulatedClock(() => nowMs, simulationStart(pace, 5_000), pace.speedUp);
    expect(clock()).to.equal(5_060 - 3_600);
    nowMs += 60_000;
    expect(clock()).to.equal(5_060);
  });

  it('begins where it is told to', () => {
    const pace = { speedUp: 2, durationSeconds: 10, startSecond: 77 };
    expect(simulationStart(pace, 5_000)).to.equal(77);
  });
});
