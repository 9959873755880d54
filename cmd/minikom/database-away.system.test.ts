import { expect } from 'chai';

import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { ask, report, ReportStream, storedNames } from './testing/report-stream.ts';
import { useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';
import { NOW } from './testing/use-service.ts';

const FLUSH_TIMEOUT_MS = 2000;
// What a loaded machine may need on top.
const GRACE_MS = 3000;

describe('a service whose database', () => {
  // All reports are of NOW: they are over by then.
  const service = useServiceBehindProxy({
    environment: { SHARDS: '2', FLUSH_TIMEOUT_MS: String(FLUSH_TIMEOUT_MS) },
    nowSeconds: NOW + 60,
  });

  // Whatever a slow machine may need for it.
  beforeEach(() =>
    until('a report is taken', async () => (await report(service.url, 'before')).status === 200),
  );

  async function expectOutage(): Promise<void> {
    const asked = await Promise.all([
      report(service.url, 'meanwhile'),
      ask(service.url, '/ready'),
      ask(service.url, '/services'),
      ask(service.url, '/services/before/latest-events'),
    ]);
    for (const told of asked) {
      expect(told.status).to.equal(503);
      expect(Number(told.retryAfter)).to.be.at.least(1);
    }
    const [posted, ready, ...reads] = asked;
    expect(posted.tookMs).to.be.below(FLUSH_TIMEOUT_MS + GRACE_MS);
    expect(ready.tookMs).to.be.below(1000 + GRACE_MS);
    // A read may wait for a connection and then for its answer.
    for (const { tookMs } of reads) expect(tookMs).to.be.below(2 * FLUSH_TIMEOUT_MS + GRACE_MS);
    expect(await ask(service.url, '/health')).to.include({ status: 200 });
  }

  async function expectRecovery(): Promise<void> {
    await until('a report is taken again', async () => (await report(service.url, 'after')).status === 200);
    await until('ready again', async () => (await ask(service.url, '/ready')).status === 200);
    expect(await ask(service.url, '/services/after/latest-events')).to.include({ status: 200 });
    expect(await storedNames(service.url)).to.include.all.keys('before', 'after');
  }

  it('goes away asks to come again, and works when it is back', async () => {
    await service.proxy.refuse();
    await expectOutage();
    await service.proxy.listen();
    await expectRecovery();
  });

  it('stops to answer does the same, in time', async () => {
    service.proxy.freeze();
    await expectOutage();
    service.proxy.thaw();
    await expectRecovery();
  });

  it('goes away and comes back again and again loses nothing that it said was stored', async () => {
    const stream = new ReportStream(service.url);
    for (let outage = 1; outage <= 3; outage++) {
      await stream.untilMore(50, 200);
      await service.proxy.refuse();
      await stream.untilMore(5, 503);
      await service.proxy.listen();
    }
    await stream.untilMore(50, 200);
    await stream.stop();
    expect(new Set([...stream.told.values()].map(({ status }) => status))).to.deep.equal(new Set([200, 503]));
    expect(await storedNames(service.url)).to.include.all.keys(stream.namesTold(200));
  });

  it('is cut off just after it committed hears the report again, and stores it once', async () => {
    const lost = service.proxy.cutAtAnswerTo('add pending reports');
    expect(await report(service.url, 'cut')).to.include({ status: 200 });
    await lost;
    expect(await getJson(service, '/services/cut/latest-events')).to.deep.equal([
      { state: 'deploy', start_time: 1_700_000_000, end_time: 1_700_000_001 },
    ]);
  });
});
