import { expect } from 'chai';
import fc from 'fast-check';

import { arbitraryHistory } from '../../testing/arbitrary-reports.ts';
import { modelAnswers } from '../../testing/timeline-model.ts';
import { timelineVectors, type ReportBody } from '../../testing/vectors.ts';
import { sighting } from '../load-plan.ts';
import { expectedAnswers } from './timeline.ts';

const rules = { gapSeconds: 2, maxDelaySeconds: 10 };

function sightingsOf(reports: readonly Omit<ReportBody, 'service_name'>[]): number[] {
  return reports
    .map(({ state, timestamp }) => sighting(Math.floor(timestamp), state === 'issue'))
    .sort((one, other) => one - other);
}

describe('the expected timeline', () => {
  for (const { name, now, reports, expected } of timelineVectors) {
    const services = new Set(reports.map(({ service_name }) => service_name));
    if (services.size !== 1) continue;
    it(`is right: ${name}`, () => {
      const [service = ''] = services;
      const answers = expectedAnswers(sightingsOf(reports), 0, rules, now);
      expect(answers.latestEvents).to.deep.equal(expected.latest_events);
      expect(answers.current).to.deep.equal(expected.services[service]);
    });
  }

  it('is that of the model, with any gap and delay', () => {
    const arbitraryRules = fc.record({
      gapSeconds: fc.integer({ min: 1, max: 5 }),
      maxDelaySeconds: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(
        arbitraryHistory,
        arbitraryRules,
        fc.integer({ min: 0, max: 30 }),
        (history, given, later) => {
          const reports = history.map((one): ReportBody => ({ ...one, service_name: 's' }));
          const now = Math.max(...reports.map(({ timestamp }) => timestamp)) + later;
          const model = modelAnswers(reports, now, given);
          const answers = expectedAnswers(sightingsOf(reports), 0, given, now);
          expect(answers.latestEvents).to.deep.equal(model.latestEvents.get('s'));
          expect(answers.current).to.deep.equal(model.services.get('s'));
        },
      ),
    );
  });

  it('begins at the start of the plan', () => {
    const { current } = expectedAnswers([sighting(5, true)], 1000, rules, 1e9);
    expect(current).to.deep.equal({ state: 'idle', since: 1006 });
  });
});
