import { expect } from 'chai';

import {
  applicationEnd,
  applicationStart,
  payloadOf,
  sparkEvent,
  START_MS,
  type PayloadBody,
} from '../../internal/jobs/testing/payload-body.ts';
import { until } from '../../internal/testing/until.ts';
import { getJson } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { collect, collectGood, getContents } from './testing/job-client.ts';
import { patient, useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';

const DAY_SECONDS = 86_400;

describe('Spark jobs', () => {
  const service = useServiceBehindProxy({
    environment: { SHARDS: '2', FLUSH_TIMEOUT_MS: '3000' },
    nowSeconds: START_MS / 1000,
  });

  const large = payloadOf([
    applicationStart(0),
    ...Array.from({ length: 5000 }, (_, id) => sparkEvent(id, { id })),
    applicationEnd(9000),
  ]);

  /** Sends until it is told 200, as a listener does. */
  async function sendUntilTaken(body: PayloadBody): Promise<number> {
    let refusals = 0;
    await until(`payload ${body.counters.payload_counter} is taken`, async () => {
      const status = await collect(service, body).then(
        (answer) => answer.status,
        () => undefined, // The service was away.
      );
      if (status !== undefined) expect(status).to.be.oneOf([200, 503]);
      if (status !== 200) refusals++;
      return status === 200;
    });
    return refusals;
  }

  it('are told 503 while the database is away, with nothing half stored, and taken when it is back', async () => {
    await service.proxy.refuse();
    const answer = await collect(service, large);
    expectProblem(answer, 503, 'unavailable');
    expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
    for (const path of ['/job', '/job/etl', '/job/etl/runs', '/job/etl/r1/events', '/job/etl/r1/duration']) {
      expectProblem(await service.send({ path }), 503, 'unavailable');
    }
    expect((await service.database.query('select from job_events')).rowCount).to.equal(0);
    await service.proxy.listen();
    await sendUntilTaken(large);
    expect(await getContents(service)).to.have.length(5002);
  });

  it('are stored once when the answer to their COMMIT is lost', async () => {
    await service.restart(patient);
    const lost = service.proxy.cutAtAnswerTo('commit');
    await collectGood(service, large);
    await lost;
    expect(await getContents(service)).to.have.length(5002);
    expect(await getJson(service, '/job/etl/r1/duration')).to.deep.equal({ 'duration-ms': 9000 });
  });

  it('have all of a payload or nothing when their connection is lost in the midst of it', async () => {
    await service.restart(patient);
    const lost = service.proxy.cutAtAnswerTo('copy job_events');
    await collectGood(service, large);
    await lost;
    expect(await getContents(service)).to.have.length(5002);
    expect(await getJson(service, '/job/etl/runs')).to.have.nested.property('[0].events', 5002);
  });

  it('go on after a restart of the service, whatever is sent again', async () => {
    const parts = Array.from({ length: 6 }, (_, part) =>
      payloadOf([sparkEvent(part, { part })], { counter: part + 1 }),
    );
    for (const part of parts.slice(0, 3)) await collectGood(service, part);
    await service.restart({ SHARDS: '5', ...patient });
    for (const part of parts.slice(1)) await collectGood(service, part);
    expect(await getContents(service)).to.deep.equal([0, 1, 2, 3, 4, 5].map((part) => `{"part":${part}}`));
  });

  it('are stored once through outages and restarts, with listeners that send until they are told 200', async () => {
    const payloads = Array.from({ length: 60 }, (_, n) =>
      payloadOf(
        Array.from({ length: 20 }, (_, index) => sparkEvent(n * 20 + index, { id: n * 20 + index })),
        { counter: Math.floor(n / 3), runId: `r${n % 3}` },
      ),
    );
    const waiting = payloads.values();
    let taken = 0;
    const listen = async () => {
      for (const payload of waiting) {
        await sendUntilTaken(payload);
        taken++;
      }
    };
    const listeners = Promise.all(Array.from({ length: 4 }, listen));
    for (const enough of [10, 25, 40]) {
      await until('some are taken', () => taken >= enough);
      await service.proxy.refuse();
      await service.proxy.listen();
      await service.restart();
    }
    await listeners;
    const stored: number[] = [];
    for (const runId of ['r0', 'r1', 'r2']) {
      const ids = (await getContents(service, 'etl', runId)).map(
        (content) => (JSON.parse(content) as { id: number }).id,
      );
      expect(ids, 'in order').to.deep.equal(ids.toSorted((a, b) => a - b));
      stored.push(...ids);
    }
    expect(stored.sort((a, b) => a - b)).to.deep.equal([...Array(1200).keys()]);
    const runs = (await getJson(service, '/job/etl/runs')) as { events: number }[];
    expect(runs.map(({ events }) => events)).to.deep.equal([400, 400, 400]);
  });

  it('are the same for several services on one database', async () => {
    // All are to be taken, however slow the machine is.
    const patient = { SHARDS: '2', FLUSH_TIMEOUT_MS: '60000' };
    await service.restart(patient);
    const other = await service.startAnother(patient);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => collectGood(n % 2 === 0 ? service : other, large)),
    );
    expect(await getContents(other)).to.have.length(5002);
    expect(await getJson(service, '/job/etl/runs')).to.have.nested.property('[0].events', 5002);
  });

  it('go after RETENTION_DAYS without a payload', async () => {
    for (let day = 0; day < 5; day++) {
      service.nowSeconds = START_MS / 1000 + day * DAY_SECONDS;
      await collectGood(service, payloadOf([sparkEvent(0, {})], { runId: `day ${day}`, counter: day }));
      await collectGood(service, payloadOf([sparkEvent(day, {})], { runId: 'daily', counter: day }));
    }
    await collectGood(service, payloadOf([sparkEvent(0, {})], { jobName: 'kept' }));
    await service.restart({ RETENTION_DAYS: '2' });
    await until('old runs to go', async () => {
      const { run_ids } = (await getJson(service, '/job/etl')) as { run_ids: string[] };
      return run_ids.length === 4;
    });
    expect(await getJson(service, '/job/etl')).to.deep.equal({
      run_ids: ['daily', 'day 2', 'day 3', 'day 4'],
    });
    expect(await getContents(service, 'etl', 'daily')).to.have.length(5);
    expect((await service.send({ path: '/job/etl/day%200/events' })).status).to.equal(404);
  });
});
