import { expect } from 'chai';

import { plannedBatches, plannedEvents } from '../load-plan.ts';
import { Outcomes, type Outcome } from '../tally.ts';
import { planOf } from '../testing/plan-of.ts';
import { storedSightings } from './stored-sightings.ts';

function outcomesOf(requests: number, outcomeOf: (request: number) => Outcome | undefined): Outcomes {
  const outcomes = new Outcomes();
  for (let request = 0; request < requests; request++) {
    const outcome = outcomeOf(request);
    if (outcome !== undefined) outcomes.note(request, outcome);
  }
  return outcomes;
}

describe('what must be stored', () => {
  const plan = planOf({ shuffle: true, duplicates: 0.2 });

  it('is everything that was acknowledged, in order', () => {
    const stored = storedSightings(
      plan,
      outcomesOf(100, () => 'acknowledged'),
    );
    expect(stored.services).to.deep.equal([0, 1, 2, 3, 4]);
    const events = [...plannedEvents(plan)];
    for (const service of stored.services) {
      const planned = events.filter((event) => event.service === service).map(({ sighting }) => sighting);
      expect([...stored.of(service)]).to.deep.equal(planned.sort((one, other) => one - other));
    }
    expect(stored.uncertain.size).to.equal(0);
  });

  it('is nothing of what was not sent or refused', () => {
    const stored = storedSightings(
      plan,
      outcomesOf(100, (request) =>
        request === 3 ? 'not stored' : request < 50 ? 'acknowledged' : undefined,
      ),
    );
    const expected = [...plannedBatches(plan)].filter((_, request) => request !== 3 && request < 50).flat();
    expect(stored.services.flatMap((service) => [...stored.of(service)])).to.have.length(expected.length);
  });

  it('is not known of services with a report that was given up', () => {
    const stored = storedSightings(
      planOf({ batch: 1 }),
      outcomesOf(1000, (request) => (request === 502 ? 'uncertain' : 'acknowledged')),
    );
    expect([...stored.uncertain]).to.deep.equal([2]);
  });

  it('is known if such a report was acknowledged another time', () => {
    const events = planOf({ services: 1, duplicates: 1, batch: 1 });
    const sightings = [...plannedEvents(events)].map(({ sighting }) => sighting);
    const repeated = sightings.findIndex((sighting, index) => sightings.lastIndexOf(sighting) > index);
    const outcomes = outcomesOf(1000, (request) => (request === repeated ? 'uncertain' : 'acknowledged'));
    expect(storedSightings(events, outcomes).uncertain.size).to.equal(0);
  });

  it('goes through an endless plan only as far as it was sent', () => {
    const endless = planOf({ events: Infinity });
    expect(
      storedSightings(
        endless,
        outcomesOf(3, () => 'acknowledged'),
      ).services,
    ).to.have.length(5);
  });
});
