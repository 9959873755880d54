import { expect } from 'chai';

import { timelineVectors } from '../../internal/testing/vectors.ts';
import { useService } from './testing/use-service.ts';

describe('the worked cases of the timeline, over HTTP', () => {
  const service = useService();

  for (const vector of timelineVectors) {
    it(vector.name, async () => {
      service.nowSeconds = vector.now;
      const answers = await Promise.all(
        vector.reports.map((report) =>
          fetch(`${service.url}/event`, { method: 'POST', body: JSON.stringify(report) }),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      const services = await fetch(`${service.url}/services`);
      expect(await services.json()).to.deep.equal(vector.expected.services);
      const latestEvents = await fetch(`${service.url}/services/web/latest-events`);
      expect(await latestEvents.json()).to.deep.equal(vector.expected.latest_events);
    });
  }
});
