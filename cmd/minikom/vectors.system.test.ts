import { expect } from 'chai';
import pg from 'pg';

import { emptyServices } from '../../internal/testing/services-database.ts';
import { timelineVectors } from '../../internal/testing/vectors.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

describe('the worked cases of the timeline, over HTTP', () => {
  let service: TestService;
  let database: pg.Pool;
  let nowSeconds = 0;

  before(async () => {
    service = await startTestService({ now: () => nowSeconds });
    database = new pg.Pool({ connectionString: service.connectionString, max: 2 });
  });

  after(async () => {
    await database.end();
    await service.stop();
  });

  beforeEach(() => emptyServices(database));

  for (const vector of timelineVectors) {
    it(vector.name, async () => {
      nowSeconds = vector.now;
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
