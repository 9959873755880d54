import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { getChecks, secondOf } from './testing/check-client.ts';
import { CheckedTarget } from './testing/checked-target.ts';
import { startTestService } from './testing/start-test-service.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';

describe('a service that checks a target', () => {
  let target: CheckedTarget;

  beforeEach(async () => {
    target = await CheckedTarget.start();
  });

  const service = useServiceBehindProxy({
    environment: {
      get CHECK_TARGETS() {
        return `web=${target.url}`;
      },
      CHECK_INTERVAL_SECONDS: '1',
      MAX_DELAY_SECONDS: '1',
      SHARDS: '2',
    },
    // Checks are made by the machine's clock.
    now: () => Date.now() / 1000,
  });

  afterEach(() => target.stop());

  const untilChecked = (code: number) =>
    until(`a check came to ${code}`, async () =>
      (await getChecks(service)).some((check) => check.code === code),
    );

  it('reports it as a service in state issue for as long as it fails', async () => {
    await untilChecked(200);
    expect(await getJson(service, '/services')).to.deep.equal({});
    target.status = 500;
    await untilChecked(500);
    const firstFailed = (await getChecks(service)).find(({ code }) => code === 500);
    const start_time = firstFailed && secondOf(firstFailed);
    await until('it is an issue', async () => {
      const services = JSON.stringify(await getJson(service, '/services'));
      return services === JSON.stringify({ web: { state: 'issue', since: start_time } });
    });
    await until('it failed some more times', async () => {
      const { counts } = (await getJson(service, '/checks/summary?target=web')) as {
        counts: Record<string, number>;
      };
      return (counts[500] ?? 0) >= 3;
    });
    target.status = 204;
    await untilChecked(204);
    const firstWell = (await getChecks(service)).find(({ code }) => code === 204);
    const end_time = firstWell && secondOf(firstWell);
    // Ends and begins as its checks say, to the second.
    const expected = JSON.stringify([{ state: 'issue', start_time, end_time }]);
    await until('it is idle', async () => {
      return JSON.stringify(await getJson(service, '/services/web/latest-events')) === expected;
    });
    expect(await getJson(service, '/services')).to.deep.equal({ web: { state: 'idle', since: end_time } });
  });

  it('tells of exactly the same checks after a restart', async () => {
    target.status = 404;
    await untilChecked(404);
    const before = await getChecks(service);
    await service.restart({ CHECK_TARGETS: '' });
    const after = await getChecks(service, '?target=web');
    expect(after.slice(0, before.length)).to.deep.equal(before);
    expect((await service.send({ path: '/checks/summary?target=web' })).status).to.equal(200);
    expect(await getJson(service, '/checks/summary')).to.include({
      total: after.length,
      failures: after.length,
    });
  });

  it('goes on while the database is away, and stores each check once when that is back', async () => {
    await untilChecked(200);
    await service.proxy.refuse();
    target.status = 503;
    const { requests } = target;
    await until('it goes on', () => target.requests >= requests + 3);
    const asked = target.requests;
    await service.proxy.listen();
    await until('all are stored', async () => {
      const checks = await getChecks(service).catch(() => []);
      return checks.length >= asked;
    });
    await until('each once', async () => (await getChecks(service)).length === target.requests);
    expect((await getChecks(service)).filter(({ code }) => code === 503)).to.have.length.at.least(3);
    // The seconds of the outage, too, are reported by then or soon.
    const failed = (await getChecks(service)).find(({ code }) => code === 503);
    await until('its issue is known', async () => {
      const { text } = await service.send({ path: '/services/web/latest-events' });
      return (
        text === JSON.stringify([{ state: 'issue', start_time: failed && secondOf(failed), end_time: null }])
      );
    });
  });

  const statusOf = async (path: string) => (await service.send({ path })).status;

  it('answers 404 for a target that it does not know, and 400 for two', async () => {
    for (const path of ['/checks', '/checks/summary', '/checks/percent']) {
      expect(await statusOf(`${path}?target=web`)).to.equal(200);
      for (const unknown of ['other', '', '%00', '__proto__', 'x'.repeat(300)]) {
        expect(await statusOf(`${path}?target=${unknown}`), unknown).to.equal(404);
      }
      expect(await statusOf(`${path}?target=web&target=b`)).to.equal(400);
    }
  });
});

describe('a service without targets', () => {
  it('has no checks, and knows nobody', async () => {
    const service = await startTestService();
    expect(await getChecks(service)).to.deep.equal([]);
    expect((await service.send({ path: '/checks?target=web' })).status).to.equal(404);
    await service.stop();
  });
});
