import { expect } from 'chai';

import { modelAnswers } from '../../testing/timeline-model.ts';
import type { ReportBody } from '../../testing/vectors.ts';
import { namePrefix, type LoadPlan } from '../load-plan.ts';
import { bulk } from '../modes/reports.ts';
import { Outcomes } from '../tally.ts';
import { planOf } from '../testing/plan-of.ts';
import type { Ask } from './asker.ts';
import type { Verification } from './verification.ts';
import { verifyTimelines } from './verify-timelines.ts';

const now = 2_000_000_000;
const plan = planOf({ shuffle: true, duplicates: 0.1 });
const prefix = namePrefix(plan);

const reportsOf = (some: LoadPlan): ReportBody[] =>
  [...bulk.bodies(some)].flatMap(({ text }) => JSON.parse(text) as ReportBody[]);

/** A service with these reports. */
function serviceWith(reports: readonly ReportBody[]): Ask {
  const { services, latestEvents } = modelAnswers(reports, now);
  return (path) => {
    const name = /^\/services\/(.+)\/latest-events$/.exec(path)?.[1];
    const value =
      name === undefined ? Object.fromEntries(services) : latestEvents.get(decodeURIComponent(name));
    const status = value === undefined ? 404 : 200;
    const body = Buffer.from(JSON.stringify(value ?? {}));
    return Promise.resolve({ status, body, isKept: true, retryAfter: undefined });
  };
}

/** Verifies with these answers, before and after. */
async function verify(after: Ask, outcomes: Outcomes, before: Ask = serviceWith([])): Promise<Verification> {
  let ask = before;
  const compare = await verifyTimelines({
    plan,
    rules: { gapSeconds: 2, maxDelaySeconds: 10 },
    ask: (path, mostTries) => ask(path, mostTries),
    concurrency: 3,
    now: () => now,
    isOver: () => false,
    onProgress: () => undefined,
  });
  ask = after;
  return compare(outcomes);
}

function allBut(lost?: number): Outcomes {
  const outcomes = new Outcomes();
  for (let request = 0; request < 100; request++) {
    outcomes.note(request, request === lost ? 'uncertain' : 'acknowledged');
  }
  return outcomes;
}

describe('the verification of timelines', () => {
  const reports = reportsOf(plan);

  it('finds nothing if every report is there', async () => {
    const others = [{ service_name: 'other', state: 'issue', timestamp: 5 } as const];
    expect(await verify(serviceWith([...reports, ...others]), allBut())).to.deep.equal({
      compared: 5,
      notComparable: 0,
      different: 0,
      first: [],
    });
  });

  it('finds a lost second, be it long before the newest', async () => {
    const name = `${prefix}2`;
    const timeline = (some: readonly ReportBody[]) => modelAnswers(some, now).latestEvents.get(name);
    const without = (second: number) =>
      reports.filter((one) => one.service_name !== name || Math.floor(one.timestamp) !== second);
    const oldest = timeline(reports)?.at(-2);
    if (oldest === undefined) throw new Error('the service has no intervals');
    const { different, compared, first } = await verify(serviceWith(without(oldest.start_time)), allBut());
    expect({ different, compared }).to.deep.equal({ different: 1, compared: 5 });
    expect(first[0]).to.include({ service: name });
    expect(first[0]?.expected).to.include(String(oldest.start_time));
  });

  it('finds a service that is missing, and one that nobody reported', async () => {
    const kept = reports.filter(({ service_name }) => service_name !== `${prefix}1`);
    const added = { service_name: `${prefix}77`, state: 'issue', timestamp: 5 } as const;
    const { different, first } = await verify(serviceWith([...kept, added]), allBut());
    expect(different).to.equal(2);
    expect(first.find(({ service }) => service === `${prefix}1`)).to.include({ got: 'not there' });
    expect(first.find(({ service }) => service === `${prefix}77`)).to.include({ expected: 'not there' });
  });

  it('finds answers that are none', async () => {
    const healthy = serviceWith(reports);
    const broken: Ask = (path, mostTries) =>
      path.endsWith(`${prefix}3/latest-events`)
        ? Promise.resolve({ status: 200, body: Buffer.from('[1]'), isKept: true, retryAfter: undefined })
        : path.endsWith(`${prefix}4/latest-events`)
          ? Promise.resolve({ failure: 'timeout' })
          : healthy(path, mostTries);
    const { first } = await verify(broken, allBut());
    expect(first.map(({ got }) => got).sort()).to.deep.equal([
      'an answer of another form: [1]',
      'no answer: timeout',
    ]);
  });

  it('compares no service with a report that was given up', async () => {
    const withoutOne = serviceWith(reportsOf(plan).filter((_, index) => index < 980 || index >= 990));
    const { compared, notComparable, different } = await verify(withoutOne, allBut(98));
    expect(different).to.equal(0);
    expect(notComparable).to.be.greaterThan(0);
    expect(compared + notComparable).to.equal(5);
  });

  it('compares services of an earlier run of the plan only if this one got to its end', async () => {
    const full = serviceWith(reports);
    expect(await verify(full, allBut(), full)).to.include({ compared: 5, notComparable: 0, different: 0 });
    const half = new Outcomes();
    for (let request = 0; request < 50; request++) half.note(request, 'acknowledged');
    expect(await verify(full, half, full)).to.include({ compared: 0, notComparable: 5, different: 0 });
  });

  it('ends if the service cannot be asked', async () => {
    const away: Ask = () => Promise.resolve({ failure: 'refused' });
    const failure = await verify(away, allBut(), away).catch((error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message').that.includes('no answer: refused');
  });
});
