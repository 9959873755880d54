import { expect } from 'chai';

import { timelineVectors } from '../../internal/testing/vectors.ts';
import { getJson, post } from './testing/asking.ts';
import { useService } from './testing/use-service.ts';

describe('the worked cases of the timeline, over HTTP', () => {
  const service = useService();

  for (const vector of timelineVectors) {
    it(vector.name, async () => {
      service.nowSeconds = vector.now;
      const answers = await Promise.all(vector.reports.map((report) => post(service, '/event', report)));
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(await getJson(service, '/services')).to.deep.equal(vector.expected.services);
      expect(await getJson(service, '/services/web/latest-events')).to.deep.equal(
        vector.expected.latest_events,
      );
    });
  }
});
