import { expect } from 'chai';

import { post, postGood } from './testing/asking.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { expectProblem } from './testing/expect-problem.ts';

const NOW = 1_700_000_000;
const writes: readonly (readonly [path: string, body: unknown])[] = [
  ['/event', { service_name: 'web', state: 'deploy', timestamp: NOW }],
  ['/events', [{ timestamp: NOW, data: 1 }]],
  [
    '/records',
    { Records: [{ Component: 'web', Environment: 'prod', State: 'ok', Timestamp: '2023-11-14T00:00:00Z' }] },
  ],
  [
    '/collect',
    {
      job_name: 'etl',
      run_id: '1',
      counters: { payload_counter: 1 },
      messages: [{ message_type: 'spark-event', generated_at: NOW * 1000, content: '{}' }],
    },
  ],
];

describe('with rate limits', () => {
  let service: TestService;

  afterEach(() => service.stop());

  const start = async (environment: Record<string, string>) => {
    service = await startTestService({ environment, now: () => NOW });
  };

  it('what was too much is taken whole, and its sender told when to come again, whatever it sends', async () => {
    const tokens = writes.map((_, index) => `writer-${index}-0123456789`);
    await start({ RATE_LIMIT_EVENTS_PER_SECOND: '1', WRITE_TOKENS: tokens.join() });
    for (const [index, [path, body]] of writes.entries()) {
      const headers = { 'x-api-key': tokens[index] };
      const items = Array.from({ length: 300 }, (_, at) => ({ timestamp: NOW + at / 1000, data: at }));
      expect((await post(service, path, body, headers)).status, path).to.equal(200);
      expect((await post(service, '/events', items, headers)).status, path).to.equal(200);
      const refused = await post(service, path, body, headers);
      expectProblem(refused, 429, 'rate-limited');
      expect(Number(refused.headers['retry-after'])).to.be.within(100, 301);
    }
    expect((await service.send({ path: '/services' })).status, 'reading').to.equal(200);
  });

  it('each kind of write counts', async () => {
    for (const [path, body] of writes) {
      await start({ RATE_LIMIT_EVENTS_PER_SECOND: '1' });
      const statuses: number[] = [];
      while (statuses.at(-1) !== 429 && statuses.length < 600)
        statuses.push((await post(service, path, body)).status);
      expect(statuses.at(-1), path).to.equal(429);
      if (path !== '/collect') await service.stop();
    }
  });

  it('bytes count as they are once decompressed', async () => {
    await start({ RATE_LIMIT_BYTES_PER_SECOND: '10' });
    await postGood(service, '/events', [{ timestamp: NOW, data: 'x'.repeat(5000) }]);
    expectProblem(await post(service, '/event', writes[0]?.[1]), 429, 'rate-limited');
  });
});
