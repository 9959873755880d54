import { expect } from 'chai';

import { getJson } from './testing/asking.ts';
import { postGoodEvents, tablesOfBulk } from './testing/bulk-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

describe('GET /issues', () => {
  const service = useService({ tables: tablesOfBulk });

  const ask = (query = ''): Promise<unknown> => getJson(service, `/issues${query}`);

  it('tells which services were in issue in the last hour, how often and how long, as soon as that is acknowledged', async () => {
    const seen = (service_name: string, state: string, start: number, end: number) =>
      Array.from({ length: end - start }, (_, index) => ({ service_name, state, timestamp: start + index }));
    await postGoodEvents(service, [
      ...seen('__proto__', 'issue', NOW - 3700, NOW - 3000),
      ...seen('flaps', 'issue', NOW - 100, NOW - 90),
      ...seen('flaps', 'issue', NOW - 50, NOW - 40),
      ...seen('well', 'deploy', NOW - 100, NOW - 90),
      ...seen('long ago', 'issue', NOW - 9000, NOW - 8000),
    ]);
    expect(await ask()).to.deep.equal({
      now: NOW,
      from: NOW + 1 - 3600,
      to: NOW + 1,
      services: [
        { service_name: '__proto__', issues: 1, issue_seconds: 599 },
        { service_name: 'flaps', issues: 2, issue_seconds: 20 },
      ],
      service_count: 2,
    });
    // With what was settled in between.
    await postGoodEvents(service, seen('flaps', 'issue', NOW - 95, NOW - 80));
    expect(await ask(`?from=${NOW - 97}&to=${NOW - 45}`)).to.deep.include({
      services: [{ service_name: 'flaps', issues: 2, issue_seconds: 22 }],
    });
  });

  for (const query of ['from=yesterday', `from=${NOW + 10}`, `from=${NOW - 90_000}`]) {
    it(`refuses ${query} by name`, async () => {
      const problem = expectProblem(await service.send({ path: `/issues?${query}` }), 400, 'invalid-request');
      expect(problem.errors?.[0]?.field).to.equal('from');
    });
  }

  it('tells of some by name how much of the last day, week and month that was, also while it is not settled', async () => {
    const seen = (start: number, end: number) =>
      Array.from({ length: end - start }, (_, index) => ({
        ...{ service_name: 'shared', state: 'issue', timestamp: start + index },
      }));
    const DAY = 86_400;
    await postGoodEvents(service, [
      ...seen(NOW - 20 * DAY, NOW - 20 * DAY + 300),
      ...seen(NOW - DAY, NOW - DAY + 61),
    ]);
    const span = (seconds: number, issue_seconds: number, issues: number) => ({
      ...{ seconds, issue_seconds, issue_share: issue_seconds / seconds, issues },
    });
    expect(await getJson(service, '/shares?service=shared&service=nobody')).to.deep.equal({
      now: NOW,
      to: NOW + 1,
      services: [
        { service_name: 'shared', spans: [span(DAY, 60, 1), span(7 * DAY, 61, 1), span(30 * DAY, 361, 2)] },
        { service_name: 'nobody', spans: [span(DAY, 0, 0), span(7 * DAY, 0, 0), span(30 * DAY, 0, 0)] },
      ],
    });
    expect((await service.send({ path: '/shares' })).status).to.equal(400);
  });
});
