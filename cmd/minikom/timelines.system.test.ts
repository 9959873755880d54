import { expect } from 'chai';

import { getJson } from './testing/asking.ts';
import { postReports } from './testing/report-client.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { startTestService } from './testing/start-test-service.ts';
import { NOW, useService } from './testing/use-service.ts';

describe('GET /timelines', () => {
  const service = useService();

  beforeEach(async () => {
    const reports = [-5000, -4999, -100, -99, -1, 0].map((shift) => ({
      service_name: 'a/b ☂',
      state: shift < -50 ? ('deploy' as const) : ('issue' as const),
      timestamp: NOW + shift,
    }));
    await postReports(service.url, reports, 6);
  });

  const ask = (query: string): Promise<unknown> => getJson(service, `/timelines?${query}`);

  it('tells of the last hour, in the order asked for, what is ongoing without an end', async () => {
    expect(await ask('service=nobody&service=a%2Fb+%E2%98%82')).to.deep.equal({
      now: NOW,
      from: NOW + 1 - 3600,
      to: NOW + 1,
      provisional_seconds: 11,
      timelines: [
        { service_name: 'nobody', intervals: [] },
        {
          service_name: 'a/b ☂',
          intervals: [
            { state: 'deploy', start_time: NOW - 100, end_time: NOW - 98 },
            { state: 'issue', start_time: NOW - 1, end_time: null },
          ],
        },
      ],
    });
  });

  it('says how far late reports may change it, by the gap', async () => {
    const other = await startTestService({ environment: { GAP_SECONDS: '30', MAX_DELAY_SECONDS: '5' } });
    const answer = await getJson(other, '/timelines?service=a').finally(() => other.stop());
    expect(answer).to.include({ provisional_seconds: 34 });
  });

  it('tells of another span, cut to it', async () => {
    const answer = await ask(`service=a%2Fb+%E2%98%82&from=${NOW - 4999}&to=${NOW - 99}`);
    expect(answer).to.deep.include({
      timelines: [
        {
          service_name: 'a/b ☂',
          intervals: [
            { state: 'deploy', start_time: NOW - 4999, end_time: NOW - 4998 },
            { state: 'deploy', start_time: NOW - 100, end_time: NOW - 99 },
          ],
        },
      ],
    });
  });

  it('takes fractions and RFC 3339, and each second that such a span touches', async () => {
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
    const whole = await ask(`service=a%2Fb+%E2%98%82&from=${NOW - 100}&to=${NOW - 98}`);
    for (const span of [
      `from=${NOW - 100}.5&to=${NOW - 99}.5`,
      `from=${iso(NOW - 99.5)}&to=${iso(NOW - 98.5)}`,
      `from=${iso(NOW - 100 + 3600).replace('Z', '+01:00')}&to=${NOW - 98}`,
    ]) {
      expect(await ask(`service=a%2Fb+%E2%98%82&${span}`), span).to.deep.equal(whole);
    }
  });

  for (const [fault, query] of [
    ['no service', 'from=1'],
    ['too many services', Array.from({ length: 101 }, (_, index) => `service=${index}`).join('&')],
    ['a name that can be none', 'service=a%00b'],
    ['a time that is none', 'service=a&from=yesterday'],
    ['an end before its start', 'service=a&from=20&to=10'],
    ['a span too long', 'service=a&service=b&from=0&to=1700000000'],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      expectProblem(await service.send({ path: `/timelines?${query}` }), 400, 'invalid-request');
    });
  }
});
