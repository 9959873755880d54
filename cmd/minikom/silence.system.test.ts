import { expect } from 'chai';

import type { ReportBody } from '../../internal/testing/vectors.ts';
import { getJson } from './testing/asking.ts';
import { postReports } from './testing/report-client.ts';
import { useService } from './testing/use-service.ts';

const NAME = 'falls silent';
const GAP_SECONDS = 3;
const MAX_DELAY_SECONDS = 20;

describe('a service that goes silent', () => {
  const service = useService({
    environment: { GAP_SECONDS: String(GAP_SECONDS), MAX_DELAY_SECONDS: String(MAX_DELAY_SECONDS) },
  });

  async function report(state: ReportBody['state'], timestamp: number): Promise<void> {
    await postReports(service.url, [{ service_name: NAME, state, timestamp }], 1);
  }

  /** Its state and its history at this time. */
  async function at(seconds: number): Promise<{ service: unknown; latestEvents: unknown }> {
    service.nowSeconds = seconds;
    const all = await getJson(service, '/services');
    const latestEvents = await getJson(service, `/services/${encodeURIComponent(NAME)}/latest-events`);
    const found = Object.entries(all ?? {}).find(([key]) => key === NAME);
    return { service: found?.[1], latestEvents };
  }

  const event = (state: string, start_time: number, end_time: number | null) => ({
    ...{ state, start_time, end_time },
  });

  it('stays in its state as long as a report that continues it may be on its way, and is idle then', async () => {
    for (const second of [1000, 1001, 1002]) {
      service.nowSeconds = second + 0.5;
      await report('issue', second);
    }
    const idleFrom = 1003 + GAP_SECONDS - 1 + MAX_DELAY_SECONDS;
    const ongoing = { service: { state: 'issue', since: 1000 }, latestEvents: [event('issue', 1000, null)] };
    const idle = { service: { state: 'idle', since: 1003 }, latestEvents: [event('issue', 1000, 1003)] };
    expect(await at(1002.5)).to.deep.equal(ongoing);
    expect(await at(idleFrom - 0.001)).to.deep.equal(ongoing);
    expect(await at(idleFrom)).to.deep.equal(idle);
    expect(await at(1e9)).to.deep.equal(idle);
  });

  it('is in its state again, since before, when a late report closes the hole', async () => {
    service.nowSeconds = 1000;
    await report('deploy', 1000);
    expect((await at(1023)).service).to.deep.equal({ state: 'idle', since: 1001 });
    await report('deploy', 1000 + GAP_SECONDS);
    expect(await at(1024)).to.deep.equal({
      service: { state: 'deploy', since: 1000 },
      latestEvents: [event('deploy', 1000, null)],
    });
  });

  it('begins a new interval when it speaks again after a hole', async () => {
    service.nowSeconds = 1000;
    await report('deploy', 1000);
    service.nowSeconds = 1100;
    await report('deploy', 1001 + GAP_SECONDS);
    await report('deploy', 1100);
    expect(await at(1100)).to.deep.equal({
      service: { state: 'deploy', since: 1100 },
      latestEvents: [
        event('deploy', 1100, null),
        event('deploy', 1001 + GAP_SECONDS, 1002 + GAP_SECONDS),
        event('deploy', 1000, 1001),
      ],
    });
  });

  it('is not brought back by a report of long ago', async () => {
    service.nowSeconds = 5000;
    await report('deploy', 5000);
    expect((await at(6000)).service).to.deep.equal({ state: 'idle', since: 5001 });
    await report('issue', 100);
    expect(await at(6000)).to.deep.equal({
      service: { state: 'idle', since: 5001 },
      latestEvents: [event('deploy', 5000, 5001), event('issue', 100, 101)],
    });
  });

  it('goes from one state into the other without being idle', async () => {
    service.nowSeconds = 1001;
    await report('issue', 1001);
    await report('deploy', 1000);
    expect(await at(1001)).to.deep.equal({
      service: { state: 'issue', since: 1001 },
      latestEvents: [event('issue', 1001, null), event('deploy', 1000, 1001)],
    });
  });
});
