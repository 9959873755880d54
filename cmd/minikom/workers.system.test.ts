import { expect } from 'chai';
import pg from 'pg';
import { z } from 'zod';

import { shardOf } from '../../internal/shards/queue.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { report, ReportStream } from './testing/report-stream.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const worker = z.strictObject({
  id: z.int().positive(),
  shard_id: z.int().min(0),
  replica: z.string(),
  events_count: z.int().min(0),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().optional(),
});
const workersAnswer = z.strictObject({ workers: z.array(worker) });
const shardsAnswer = z.strictObject({
  shards: z.array(
    z.strictObject({
      id: z.int(),
      replica: z.string(),
      queued: z.int(),
      in_flight: z.int(),
      live_workers: z.int(),
      batches: z.int(),
      failed_batches: z.int(),
      events: z.int(),
      flush_latency_ms: z.strictObject({ p50: z.number().nullable(), p99: z.number().nullable() }),
    }),
  ),
});

describe('the workers of a service', () => {
  let service: TestService;

  async function workers(): Promise<z.infer<typeof workersAnswer>['workers']> {
    return workersAnswer.parse(await getJson(service, '/workers')).workers;
  }

  async function eventsCounted(): Promise<number> {
    return (await workers()).reduce((sum, { events_count }) => sum + events_count, 0);
  }

  async function postMany(count: number): Promise<void> {
    const told = await Promise.all(
      Array.from({ length: count }, (_, index) => report(service.url, `${index}`)),
    );
    expect(new Set(told.map(({ status }) => status))).to.deep.equal(new Set([200]));
  }

  afterEach(() => service.stop());

  it('are none before there is work, and then one per shard that has some', async () => {
    service = await startTestService({ environment: { SHARDS: '3' } });
    expect(await workers()).to.deep.equal([]);
    await postMany(30);
    const started = await workers();
    expect(started.map(({ shard_id }) => shard_id)).to.have.members([0, 1, 2]);
    expect(started.every(({ finished_at }) => finished_at === undefined)).to.equal(true);
  });

  it('count exactly what was acknowledged, in batches of five too', async () => {
    service = await startTestService({ environment: { BATCH_SIZE: '5' } });
    await postMany(123);
    expect(await eventsCounted()).to.equal(123);
  });

  it('count exactly what was acknowledged, and each shard what is of it, whoever committed it', async () => {
    service = await startTestService({ environment: { SHARDS: '3' } });
    const [rounds, names] = [20, 60];
    for (let round = 0; round < rounds; round++) await postMany(names);
    const expected = [0, 0, 0];
    for (let name = 0; name < names; name++) {
      const shard = shardOf(`${name}`, 3);
      expected[shard] = (expected[shard] ?? 0) + rounds;
    }
    const { shards } = shardsAnswer.parse(await getJson(service, '/shards'));
    expect(shards.map(({ events }) => events)).to.deep.equal(expected);
    expect(await eventsCounted()).to.equal(rounds * names);
  });

  it('count exactly what was acknowledged when flushes fail and are repeated', async () => {
    service = await startTestService({ environment: { SHARDS: '2', FLUSH_TIMEOUT_MS: '2000' } });
    const stream = new ReportStream(service.url);
    const administrator = new pg.Client({ connectionString: service.connectionString });
    await administrator.connect();
    for (let round = 0; round < 5; round++) {
      await stream.untilMore(30, 200);
      await administrator.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'minikom shard%'`,
      );
    }
    await stream.stop();
    await administrator.end();
    expect(await eventsCounted()).to.equal(stream.namesTold(200).length);
  });

  it('finish when they are idle, and others start when there is work', async () => {
    service = await startTestService({ environment: { SHARDS: '1', WORKER_IDLE_TIMEOUT_MS: '20' } });
    await postMany(1);
    await until('the worker to finish', async () => (await workers())[0]?.finished_at !== undefined);
    await postMany(1);
    const [first, second] = await workers();
    expect(second?.id).to.be.greaterThan(first?.id ?? Infinity);
    expect(await eventsCounted()).to.equal(2);
  });

  it('are found one by one', async () => {
    service = await startTestService({ environment: { SHARDS: '1' } });
    await postMany(1);
    const [first] = await workers();
    expect(await getJson(service, `/workers/${first?.id ?? ''}`)).to.deep.equal({ workerData: first });
  });

  for (const id of ['0', '999999', '-1', 'x', '1e3', '9007199254740993']) {
    it(`are not found as ${id}`, async () => {
      service = await startTestService();
      expect((await service.send({ path: `/workers/${id}` })).status).to.equal(404);
    });
  }

  it('serve shards that tell what they did', async () => {
    service = await startTestService({ environment: { SHARDS: '2' } });
    const before = shardsAnswer.parse(await getJson(service, '/shards')).shards;
    expect(before.map(({ id, events, flush_latency_ms: { p50 } }) => ({ id, events, p50 }))).to.deep.equal([
      { id: 0, events: 0, p50: null },
      { id: 1, events: 0, p50: null },
    ]);
    await postMany(40);
    const { shards } = shardsAnswer.parse(await getJson(service, '/shards'));
    expect(shards.reduce((sum, { events }) => sum + events, 0)).to.equal(40);
    expect(shards.every((shard) => shard.queued === 0 && shard.in_flight === 0)).to.equal(true);
    expect(
      shards.every((shard) => shard.live_workers === 1 && (shard.flush_latency_ms.p99 ?? 0) > 0),
    ).to.equal(true);
  });
});
