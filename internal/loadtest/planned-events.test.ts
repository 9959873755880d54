import { expect } from 'chai';

import { plannedBatches, plannedEvents, seen, SPAN_SECONDS, type PlannedEvent } from './load-plan.ts';
import { planOf } from './testing/plan-of.ts';

const text = ({ service, sighting }: PlannedEvent) => `${service}/${sighting}`;
const eventsOf = (plan: ReturnType<typeof planOf>) => [...plannedEvents(plan)];

describe('planned events', () => {
  it('are the same for the same plan, and others for another seed', () => {
    const plan = planOf({ shuffle: true, duplicates: 0.2 });
    expect(eventsOf(plan)).to.deep.equal(eventsOf(plan));
    expect(eventsOf(planOf({ ...plan, seed: 8 }))).to.not.deep.equal(eventsOf(plan));
  });

  it('are as many as planned, spread evenly over the services', () => {
    const counts = [0, 0, 0, 0, 0];
    for (const { service } of eventsOf(planOf())) counts[service] = (counts[service] ?? 0) + 1;
    expect(counts).to.deep.equal([200, 200, 200, 200, 200]);
  });

  it('are the same ones in another order if they are shuffled', () => {
    const straight = eventsOf(planOf()).map(text);
    const shuffled = eventsOf(planOf({ shuffle: true })).map(text);
    expect(shuffled).to.not.deep.equal(straight);
    expect(shuffled.toSorted()).to.deep.equal(straight.toSorted());
  });

  it('are repeated for a share of them', () => {
    const repeated = (duplicates: number) => {
      const events = eventsOf(planOf({ events: 20_000, services: 20_000, duplicates }));
      return events.length - new Set(events.map(text)).size;
    };
    expect(repeated(0)).to.equal(0);
    // Of 110 events ten are repetitions.
    expect(repeated(0.1)).to.be.within(1700, 1950);
    expect(repeated(1)).to.be.within(9500, 10_500);
  });

  it('have every shape that a timeline can have', () => {
    const seconds = eventsOf(planOf({ services: 1 })).map(({ sighting }) => seen(sighting));
    const shapes = new Set<string>();
    for (const [index, { second, isIssue }] of seconds.entries()) {
      const previous = seconds[index - 1];
      if (previous === undefined) continue;
      const change = previous.isIssue === isIssue ? 'same' : 'other';
      shapes.add(`${change} state after ${second - previous.second} s`);
      const hours = [previous.second, second].map((at) => Math.floor(at / 3600));
      if (hours[0] !== hours[1] && second - previous.second <= 3) shapes.add('across an hour');
    }
    expect(shapes).to.include.all.keys(
      'same state after 0 s',
      'other state after 0 s',
      'same state after 1 s',
      'other state after 1 s',
      'same state after 2 s',
      'other state after 2 s',
      'same state after 3 s',
      'other state after 3 s',
      'across an hour',
    );
  });

  it('stay within the span of a plan, however many they are', () => {
    let latest = 0;
    for (const { sighting } of plannedEvents(planOf({ services: 1, events: 2_000_000 }))) {
      latest = Math.max(latest, seen(sighting).second);
    }
    expect(latest).to.be.lessThan(SPAN_SECONDS);
  });

  it('fill one body after another, of which the last may be smaller', () => {
    const batches = [...plannedBatches(planOf({ events: 25 }))];
    expect(batches.map((batch) => batch.length)).to.deep.equal([10, 10, 5]);
    expect(batches.flat()).to.deep.equal(eventsOf(planOf({ events: 25 })));
  });

  it('never end without a count', () => {
    const batches = plannedBatches(planOf({ events: Infinity }));
    expect(batches.next().value).to.have.length(10);
    expect(batches.next().done).to.equal(false);
  });
});
