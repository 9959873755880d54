import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { RecordingClient } from './client.ts';
import { Ledger } from './ledger.ts';
import { everything, START_SECOND, type Items } from './load.ts';
import { openStage, type Stage } from './stage.ts';
import { compare } from './verify.ts';

const ENOUGH_REQUESTS = 100;
const nothing: Items = { reports: [], payloads: [], records: [], sparkEvents: [] };

describe('what looks for all that was acknowledged', function () {
  this.timeout(60_000);
  let stage: Stage;
  let ledger: Ledger;

  before(async () => {
    stage = await openStage({}, {});
    const { hostname, port, host } = new URL(stage.service.url);
    const client = new RecordingClient({
      address: { host: hostname, port: Number(port) },
      load: { seed: 7, host, mix: everything },
      connections: 4,
      requestsPerSecond: Infinity,
      beginWithinMs: 0,
      random: () => 0.01, // Everything is sent twice.
    });
    while (client.figures.acknowledged < ENOUGH_REQUESTS) await pause(5);
    await client.settle(30_000);
    expect(client.figures.wrong).to.deep.equal(new Map());
    ({ ledger } = client);
  });

  after(() => stage.close());

  async function storePayload(id: string): Promise<void> {
    const body = JSON.stringify([{ timestamp: START_SECOND, data: { id } }]);
    expect((await fetch(`${stage.service.url}/events`, { method: 'POST', body })).status).to.equal(200);
  }

  /** What it finds if these items, too, had been acknowledged. */
  function comparedWith(items: Partial<Items>): ReturnType<typeof compare> {
    const more = new Ledger();
    more.add({ ...nothing, ...items });
    return compare(stage.service.url, [ledger, more]);
  }

  it('finds all of it, each once', async () => {
    for (const kind of [ledger.reports, ledger.payloads, ledger.records, ledger.sparkEvents]) {
      expect(kind.size).to.be.greaterThan(0);
    }
    expect(await compare(stage.service.url, [ledger])).to.deep.equal({ missing: 0, doubled: 0, first: [] });
  });

  it('misses a service, a second of one, a payload event and a record that are not there', async () => {
    expect(await comparedWith({ reports: [{ service: 'lost', sighting: 2 }] })).to.include({ missing: 1 });
    expect(await comparedWith({ payloads: ['lost'] })).to.include({ missing: 1 });
    expect(await comparedWith({ records: [{ component: 'lost', text: 'dev started 0' }] })).to.include({
      missing: 1,
    });
    const [service = '', sightings = new Set<number>()] = [...ledger.reports][0] ?? [];
    const earlier = new Ledger();
    earlier.add({ ...nothing, reports: [...sightings, -2000].map((sighting) => ({ service, sighting })) });
    expect(await compare(stage.service.url, [ledger, earlier])).to.include({ missing: 1 });
  });

  it('misses a Spark event of a run', async () => {
    const [job = '', runs] = [...ledger.sparkEvents][0] ?? [];
    const [run = '', events = new Set<string>()] = [...(runs ?? [])][0] ?? [];
    const more = new Ledger();
    more.add({ ...nothing, sparkEvents: [...events, '0 {}'].map((text) => ({ job, run, text })) });
    expect(await compare(stage.service.url, [ledger, more])).to.include({ missing: 1, doubled: 0 });
    const ofLost = [{ job: 'lost', run: 'lost', text: '0 {}' }];
    expect(await comparedWith({ sparkEvents: ofLost })).to.include({ missing: 1, doubled: 0 });
  });

  it('finds what is there twice, and what nobody was told 200 for', async () => {
    const [id = ''] = ledger.payloads;
    await storePayload(id);
    expect(await compare(stage.service.url, [ledger])).to.include({ missing: 0, doubled: 1 });
    await storePayload('of nobody');
    expect(await compare(stage.service.url, [ledger])).to.include({ missing: 0, doubled: 2 });
  });
});
