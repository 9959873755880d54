import { expect } from 'chai';
import fc from 'fast-check';

import {
  DeliveryTally,
  rulesInWords,
  type DeliveryFigures,
  type Exclusion,
  type FigureRules,
  type Step,
} from './delivery-figures.ts';

const HOUR = 3600;
const DAY = 86_400;
const rules: FigureRules = { withinSeconds: DAY, from: undefined, to: undefined };

const at = (second: number, state: string): Step => ({ second, nanosecond: 0, state });

/** The figures of these records, given oldest first. */
function deliveryFigures<S extends Step>(
  steps: Iterable<S>,
  asked: FigureRules,
  exclude: (step: S, reason: Exclusion) => void,
): DeliveryFigures {
  const tally = new DeliveryTally<S>(asked, exclude);
  for (const step of steps) tally.add(step);
  return tally.figures();
}

/** The figures of these records, each `[second, state]`, and the excluded ones. */
function told(steps: readonly (readonly [number, string])[], more: Partial<FigureRules> = {}) {
  const excluded: (readonly [number, string, Exclusion])[] = [];
  const figures = deliveryFigures(
    steps.map(([second, state]) => at(second, state)),
    { ...rules, ...more },
    ({ second, state }, reason) => excluded.push([second, state, reason]),
  );
  return { figures, excluded };
}

const none: DeliveryFigures = {
  deployments: 0,
  failedDeployments: 0,
  deploysPerDay: null,
  changeFailureRate: null,
  medianRestoreSeconds: null,
  isBroken: false,
  medianDeploymentSeconds: null,
};

describe('the delivery figures of a deployable', () => {
  it('are none without records', () => {
    expect(told([])).to.deep.equal({ figures: none, excluded: [] });
  });

  it('take a deployment from its start to its success', () => {
    const { figures, excluded } = told([
      [0, 'started'],
      [90, 'succeeded'],
      [2 * DAY, 'started'],
      [2 * DAY + 30, 'succeeded'],
      [4 * DAY, 'started'],
      [4 * DAY + 90 + 60, 'succeeded'],
    ]);
    expect(excluded).to.deep.equal([]);
    expect(figures).to.include({
      deployments: 3,
      failedDeployments: 0,
      changeFailureRate: 0,
      isBroken: false,
    });
    expect(figures.medianDeploymentSeconds).to.equal(90);
    expect(figures.medianRestoreSeconds).to.equal(null);
    expect(figures.deploysPerDay).to.be.closeTo(3 / 4, 0.01);
  });

  it('take the frequency over the span that is asked for', () => {
    const span = { from: { second: 0, nanosecond: 0 }, to: { second: 10 * DAY, nanosecond: 0 } };
    expect(told([[DAY, 'succeeded']], span).figures.deploysPerDay).to.equal(0.1);
    expect(told([], span).figures.deploysPerDay).to.equal(0);
    expect(told([[DAY, 'succeeded']], { from: span.from }).figures.deploysPerDay).to.equal(1);
    expect(told([[DAY, 'succeeded']]).figures.deploysPerDay, 'no span').to.equal(null);
  });

  it('count an end without a start, which tells no duration', () => {
    const { figures, excluded } = told([
      [0, 'succeeded'],
      [DAY, 'failed'],
    ]);
    expect(excluded).to.deep.equal([]);
    expect(figures).to.include({
      deployments: 2,
      failedDeployments: 1,
      changeFailureRate: 0.5,
      isBroken: true,
    });
    expect(figures.medianDeploymentSeconds).to.equal(null);
  });

  it('do not count what failed as deployed, but as a deployment', () => {
    const { figures } = told([
      [0, 'failed'],
      [DAY, 'succeeded'],
    ]);
    expect(figures).to.include({ deployments: 2, deploysPerDay: 1 });
  });

  it('take the time to restore from the first of several failures to the next success', () => {
    const { figures } = told([
      [0, 'failed'],
      [HOUR, 'failed'],
      [3 * HOUR, 'succeeded'],
      [4 * HOUR, 'failed'],
      [5 * HOUR, 'rolled-back'],
    ]);
    expect(figures).to.include({ deployments: 4, failedDeployments: 3, isBroken: false });
    expect(figures.medianRestoreSeconds, 'of 3 h and 1 h').to.equal(2 * HOUR);
  });

  it('take a success that is rolled back in time for a failure', () => {
    const { figures, excluded } = told([
      [0, 'succeeded'],
      [DAY, 'rolled-back'],
    ]);
    expect(excluded).to.deep.equal([]);
    expect(figures).to.include({
      deployments: 1,
      failedDeployments: 1,
      medianRestoreSeconds: DAY,
      isBroken: false,
    });
  });

  it('leave out a rollback that comes too late', () => {
    const { figures, excluded } = told(
      [
        [0, 'succeeded'],
        [61, 'rolled-back'],
      ],
      { withinSeconds: 60 },
    );
    expect(excluded).to.deep.equal([[61, 'rolled-back', 'too long after the success']]);
    expect(figures).to.include({ deployments: 1, failedDeployments: 0, medianRestoreSeconds: null });
  });

  it('take a deployment that is rolled back before its end for a failure', () => {
    const { figures, excluded } = told([
      [0, 'started'],
      [60, 'rolled-back'],
    ]);
    expect(excluded).to.deep.equal([]);
    expect(figures).to.include({ deployments: 1, failedDeployments: 1, isBroken: false });
    expect(figures.medianRestoreSeconds, 'nobody said since when it was bad').to.equal(null);
  });

  it('leave out rollbacks of nothing, such as a second one', () => {
    const { figures, excluded } = told([
      [0, 'rolled-back'],
      [1, 'succeeded'],
      [2, 'rolled-back'],
      [3, 'rolled-back'],
    ]);
    expect(excluded).to.deep.equal([
      [0, 'rolled-back', 'nothing to roll back'],
      [3, 'rolled-back', 'nothing to roll back'],
    ]);
    expect(figures).to.include({ deployments: 1, failedDeployments: 1 });
  });

  it('leave out starts without an end', () => {
    const { figures, excluded } = told([
      [0, 'started'],
      [1, 'started'],
      [5, 'succeeded'],
      [6, 'started'],
    ]);
    expect(excluded).to.deep.equal([
      [0, 'started', 'no end before the next started'],
      [6, 'started', 'not ended'],
    ]);
    expect(figures).to.include({ deployments: 1, medianDeploymentSeconds: 4 });
  });

  it('leave out states that they do not know', () => {
    const { figures, excluded } = told([
      [0, 'started'],
      [1, 'STARTED'],
      [2, 'in progress'],
      [3, 'succeeded'],
    ]);
    expect(excluded.map(([second, , reason]) => [second, reason])).to.deep.equal([
      [1, 'unknown state'],
      [2, 'unknown state'],
    ]);
    expect(figures).to.include({ deployments: 1, medianDeploymentSeconds: 3 });
  });

  it('understand a start, an end and the next start within one second', () => {
    const { figures, excluded } = told([
      [0, 'failed'],
      [0, 'started'],
      [5, 'started'],
      [9, 'started'],
      [9, 'succeeded'],
      [12, 'succeeded'],
    ]);
    expect(excluded).to.deep.equal([]);
    expect(figures).to.include({ deployments: 3, failedDeployments: 1, medianDeploymentSeconds: 3.5 });
  });

  it('are told in words that name every state', () => {
    for (const state of ['started', 'succeeded', 'failed', 'rolled-back', '86400']) {
      expect(rulesInWords(DAY)).to.include(state);
    }
  });
});

describe('the delivery figures of any records', () => {
  const state = fc.constantFrom('started', 'succeeded', 'failed', 'rolled-back', 'unknown', 'constructor');
  const arbitrarySteps: fc.Arbitrary<Step[]> = fc
    .uniqueArray(fc.record({ second: fc.nat(200), nanosecond: fc.constantFrom(0, 500_000_000), state }), {
      maxLength: 60,
      selector: ({ second, nanosecond, state: name }) => `${second} ${nanosecond} ${name}`,
    })
    .map((steps) => steps.sort((a, b) => a.second - b.second || a.nanosecond - b.nanosecond));
  const arbitraryWithin = fc.nat(50);

  const figuresOf = (steps: readonly Step[], withinSeconds: number) => {
    const excluded: Step[] = [];
    const figures = deliveryFigures(steps, { ...rules, withinSeconds }, (step) => excluded.push(step));
    return { figures, excluded };
  };

  it('are possible, and use or exclude each record', () => {
    fc.assert(
      fc.property(arbitrarySteps, arbitraryWithin, (steps, within) => {
        const { figures, excluded } = figuresOf(steps, within);
        const count = (...states: string[]) => steps.filter((step) => states.includes(step.state)).length;
        expect(figures.deployments).to.be.within(
          count('succeeded', 'failed'),
          count('succeeded', 'failed', 'rolled-back'),
        );
        expect(figures.failedDeployments).to.be.within(count('failed'), figures.deployments);
        expect(new Set(excluded).size, 'each once').to.equal(excluded.length);
        expect(excluded.every((step) => steps.includes(step))).to.equal(true);
        const usedStarts = count('started') - excluded.filter((step) => step.state === 'started').length;
        expect(usedStarts).to.be.at.most(figures.deployments);
        expect(excluded.some((step) => step.state === 'succeeded' || step.state === 'failed')).to.equal(
          false,
        );
        for (const value of [figures.medianRestoreSeconds, figures.medianDeploymentSeconds]) {
          if (value !== null) expect(value).to.be.within(0, 201);
        }
      }),
    );
  });

  it('are the same in whichever order records of one time come', () => {
    const arbitraryOrder = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(arbitrarySteps, arbitraryOrder, arbitraryWithin, (steps, order, within) => {
        const shuffled = steps
          .map((step) => ({ step, rank: Number(order.next().value) }))
          .sort(
            (a, b) =>
              a.step.second - b.step.second || a.step.nanosecond - b.step.nanosecond || a.rank - b.rank,
          )
          .map(({ step }) => step);
        expect(figuresOf(shuffled, within).figures).to.deep.equal(figuresOf(steps, within).figures);
      }),
    );
  });

  it('are the same at another time, and with more records that are excluded', () => {
    fc.assert(
      fc.property(
        arbitrarySteps,
        fc.integer({ min: -1e9, max: 1e9 }),
        arbitraryWithin,
        (steps, delay, within) => {
          const moved = steps.flatMap((step) => [
            { ...step, second: step.second + delay },
            { ...step, second: step.second + delay, state: 'deploying' },
          ]);
          expect(figuresOf(moved, within).figures).to.deep.equal(figuresOf(steps, within).figures);
        },
      ),
    );
  });

  it('count no fewer failures the longer a rollback may take', () => {
    fc.assert(
      fc.property(arbitrarySteps, arbitraryWithin, (steps, within) => {
        const short = figuresOf(steps, within).figures;
        const long = figuresOf(steps, within + 20).figures;
        expect(long.failedDeployments).to.be.at.least(short.failedDeployments);
        expect(long.deployments).to.equal(short.deployments);
      }),
    );
  });
});
