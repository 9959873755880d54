import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { postGood, serviceAt } from './testing/asking.ts';

const READS = 1000;
const READERS = 4;
const BULK_SERVICES = 500;
const BULK_SECONDS = 4;
const START = 1_700_000_000;

describe('a read on one replica', () => {
  let database: TestDatabase;
  let replicas: LogProcess[];
  let urls: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    const environment = { DATABASE_URL: database.connectionString, PORT: '0', FLUSH_TIMEOUT_MS: '30000' };
    replicas = [0, 1].map(() => new LogProcess(new URL('main.js', import.meta.url), [], environment));
    urls = await Promise.all(replicas.map((replica) => replica.untilReady()));
  });

  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.endBy('SIGKILL')));
    await database.drop();
  });

  /** Keeps a replica busy with bulk requests until it is told to stop. */
  async function load(url: string, working: { isOver: boolean }, offset: number): Promise<void> {
    for (let second = offset; !working.isOver; second += BULK_SECONDS) {
      const reports = Array.from({ length: BULK_SERVICES * BULK_SECONDS }, (_, index) => ({
        service_name: `bulk ${index % BULK_SERVICES}`,
        state: index % 7 === 0 ? 'issue' : 'deploy',
        timestamp: START + second + Math.floor(index / BULK_SERVICES),
      }));
      await postGood(serviceAt(url), '/events', reports);
    }
  }

  it(`misses nothing that another has acknowledged before, ${READS} times under bulk load`, async function () {
    this.timeout(300_000);
    const [taking = '', reading = ''] = urls;
    const working = { isOver: false };
    const loads = [load(taking, working, 0), load(reading, working, 1e6)];
    let missed = 0;
    const read = async (reader: number) => {
      const service_name = `watched ${reader}`;
      for (let second = 0; second < READS / READERS; second++) {
        const body = JSON.stringify({ service_name, state: 'issue', timestamp: START + second });
        expect((await fetch(`${taking}/event`, { method: 'POST', body })).status).to.equal(200);
        const path = `/services/${encodeURIComponent(service_name)}/latest-events`;
        const text = await (await fetch(reading + path)).text();
        const expected = [{ state: 'issue', start_time: START, end_time: START + second + 1 }];
        if (text !== JSON.stringify(expected)) missed++;
      }
    };
    await Promise.all(Array.from({ length: READERS }, (_, reader) => read(reader))).finally(
      () => (working.isOver = true),
    );
    await Promise.all(loads);
    expect(missed, `of ${READS} reads`).to.equal(0);
  });
});
