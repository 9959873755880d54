import { expect } from 'chai';

import type { Fault } from './fault.ts';
import { capacityFaults } from './faults/capacity.ts';
import { canFakeClocks, clockFaults } from './faults/clock.ts';
import { databaseFaults } from './faults/database.ts';
import { hostileFaults } from './faults/hostile.ts';
import { killFaults } from './faults/kill.ts';
import { processFaults } from './faults/process.ts';
import { threadFaults } from './faults/threads.ts';
import { runFaults, type Outcome } from './run.ts';

// Generously what a machine that does other things as well may add.
const SLACK_MS = 15_000;

/** Runs each once, as short as it goes, and expects that all is as docs/reliability.md promises. */
async function expectHarmless(faults: readonly Fault[]): Promise<void> {
  const outcomes: Outcome[] = [];
  const isWell = await runFaults(
    faults,
    {
      seed: 1,
      mostRounds: 1,
      minutes: 2,
      flushTimeoutMs: 2000,
      slackMs: SLACK_MS,
      isShort: true,
      stop: new AbortController().signal,
    },
    (outcome) => void outcomes.push(outcome),
  );
  const problems = outcomes.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
  expect(problems).to.deep.equal([]);
  expect(isWell).to.equal(true);
  expect(outcomes.map(({ name }) => name)).to.deep.equal(faults.map(({ name }) => name));
  for (const { items, figures } of outcomes) {
    expect(items).to.be.greaterThan(0);
    expect(figures.acknowledged).to.be.greaterThan(0);
  }
}

describe('nothing acknowledged is lost or doubled, and all is answered 200 or 503,', function () {
  this.timeout(180_000);

  it('when the service is killed, stopped, or started twice', () =>
    expectHarmless([...killFaults, ...processFaults]));

  it('when its database is killed, stopped, locked, full, slow, away or cut off', () =>
    expectHarmless(databaseFaults));

  it('when its threads throw, exit, run out of memory or hang', () => expectHarmless(threadFaults));

  it('when its clock jumps an hour ahead and back', function () {
    if (!canFakeClocks) this.skip();
    return expectHarmless(clockFaults);
  });

  it('when clients mean harm', () => expectHarmless(hostileFaults));

  it('when more is sent than it can take', () =>
    expectHarmless(capacityFaults.filter(({ name }) => name.startsWith('overload'))));
});
