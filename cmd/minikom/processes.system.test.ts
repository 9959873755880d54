import { expect } from 'chai';
import { z } from 'zod';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import type { Asked } from '../../internal/testing/wire.ts';
import { getJson, postGood, serviceAt } from './testing/asking.ts';
import { allData, eventsCounted, postGoodEvents } from './testing/bulk-client.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { sumOf } from './testing/metrics-text.ts';
import { report, storedNames } from './testing/report-stream.ts';

const PROCESSES = 3;
const workers = z.object({ workers: z.array(z.object({ id: z.int(), shard_id: z.int() })) });
const shards = z.object({ shards: z.array(z.object({ id: z.int(), events: z.int() })) });

describe('a service of several processes', () => {
  let database: TestDatabase;
  let service: LogProcess;
  let url: string;
  let asked: Asked;

  beforeEach(async () => {
    database = await createTestDatabase();
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: database.connectionString,
      PORT: '0',
      PROCESSES: String(PROCESSES),
      SHARDS: '2',
      LOG_LEVEL: 'debug',
    });
    url = await service.untilReady();
    asked = serviceAt(url);
  });

  afterEach(async () => {
    await service.endBy('SIGKILL');
    await database.drop();
  });

  const membersThatFlushed = () =>
    new Set(service.lines.filter(({ msg }) => msg === 'flushed').map((line) => line.process));
  const linesOf = (msg: string) => service.lines.filter((line) => line.msg === msg);

  /** Each on a connection of its own, as those are dealt out to the processes. */
  async function postAcross(reports: number): Promise<void> {
    for (let index = 0; index < reports; index++) {
      await postGood(asked, '/event', {
        service_name: `s${index}`,
        state: 'issue',
        timestamp: 1_700_000_000,
      });
    }
  }

  it('shares the work, and answers as one', async () => {
    await postAcross(30);
    expect(membersThatFlushed()).to.deep.equal(new Set([0, 1, 2]));
    expect((await storedNames(url)).size).to.equal(30);
    const items = Array.from({ length: 5000 }, (_, index) => ({ timestamp: index, data: index }));
    await Promise.all(Array.from({ length: 4 }, () => postGoodEvents(asked, items)));
    expect(await allData(asked)).to.have.length(20_000);
    // Whichever process is asked.
    for (let time = 0; time < PROCESSES; time++) {
      expect(await eventsCounted(asked)).to.equal(20_030);
      const { text } = await asked.send({ path: '/metrics' });
      expect(sumOf(text, 'minikom_events_accepted_total')).to.equal(20_030);
      // What a process counts begins anew when it is started again, so each is told by itself.
      expect(sumOf(text, 'process_start_time_seconds', { process: '2' })).to.be.above(0);
    }
  });

  it('tells its workers and shards apart', async () => {
    await postAcross(60);
    const ids = workers.parse(await getJson(asked, '/workers')).workers.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.length).to.be.at.least(PROCESSES);
    expect((await asked.send({ path: `/workers/${ids.at(-1) ?? ''}` })).status).to.equal(200);
    const all = shards.parse(await getJson(asked, '/shards')).shards;
    expect(all.map(({ id }) => id)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(all.reduce((sum, { events }) => sum + events, 0)).to.equal(60);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`stops cleanly by ${signal}`, async () => {
      expect(await service.endBy(signal)).to.equal(0);
      expect(linesOf('process stopped')).to.have.length(PROCESSES);
      expect(linesOf('minikom stopped')).to.have.length(1);
      expect(service.lines.at(-1)?.msg).to.equal('minikom stopped');
    });
  }

  it('starts a process again that was killed, and serves meanwhile', async () => {
    const [first] = linesOf('process started');
    process.kill(Number(first?.pid), 'SIGKILL');
    await service.until(() => linesOf('process ended').length === 1);
    expect((await report(url, 'meanwhile')).status).to.equal(200);
    await service.until(() => linesOf('process started').length === PROCESSES + 1);
    await until('all processes to answer', async () => {
      const { status, text } = await asked.send({ path: '/shards' });
      return status === 200 && shards.parse(JSON.parse(text)).shards.length === 2 * PROCESSES;
    });
  });

  it('ends with the process that started it', async () => {
    // The members write to the same output, and only when they are gone too is that at its end.
    await service.endBy('SIGKILL');
    expect(await report(url, 'too late').catch(() => 'refused')).to.equal('refused');
  });
});
