import { expect } from 'chai';
import fc from 'fast-check';

import type { DeploymentRecord } from '../../internal/deployments/record.ts';
import { arbitraryBatches } from '../../internal/deployments/testing/arbitrary-records.ts';
import { modelOf } from '../../internal/deployments/testing/record-model.ts';
import { until } from '../../internal/testing/until.ts';
import { formatInstant } from '../../internal/time/instant.ts';
import { bounded } from './testing/arbitrary-report-run.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { getRecords, ofRecords, postRecords, recordBody, type RecordBody } from './testing/record-client.ts';
import { ask } from './testing/report-stream.ts';
import { patient, useServiceBehindProxy } from './testing/use-service-behind-proxy.ts';

const batch = Array.from({ length: 300 }, (_, index) => recordBody(index, { Component: `web-${index % 7}` }));

describe('deployment records', () => {
  const service = useServiceBehindProxy({
    environment: { SHARDS: '3', FLUSH_TIMEOUT_MS: '3000' },
    nowSeconds: ofRecords.nowSeconds,
  });

  async function storedRecords(): Promise<number> {
    const { rows } = await service.database.query<{ count: number }>(
      'select count(*)::int from deployment_records',
    );
    return rows[0]?.count ?? 0;
  }

  const postUntilTaken = () =>
    until('the batch is taken', async () => (await postRecords(service, batch)).status === 200);

  it('are asked for again while the database is away, and then are all there, once', async () => {
    await service.proxy.refuse();
    const answer = await postRecords(service, batch);
    expectProblem(answer, 503, 'unavailable');
    expect(Number(answer.headers['retry-after'])).to.be.at.least(1);
    for (const path of ['/current', '/historical/web', '/historical/web?limit=1', '/deployments/stats']) {
      const told = await ask(service.url, path);
      expect(told.status, path).to.equal(503);
      expect(Number(told.retryAfter)).to.be.at.least(1);
    }
    expect(await storedRecords()).to.equal(0);
    await service.proxy.listen();
    await postUntilTaken();
    expect(await storedRecords()).to.equal(batch.length);
    expect(await getRecords(service, '/current')).to.have.length(7);
  });

  it('are stored whole or not at all when a lock holds them up, and are taken when sent again', async () => {
    // The last of the tables that a batch is written to: the first is written by then.
    await service.database.query('begin; lock table current_records');
    expectProblem(await postRecords(service, batch), 503, 'unavailable');
    expect(await storedRecords()).to.equal(0);
    await service.database.query('rollback');
    await postUntilTaken();
    expect(await storedRecords()).to.equal(batch.length);
  });

  it('are stored once when the connection is cut just after the commit', async () => {
    const lost = service.proxy.cutAtAnswerTo('add records');
    expect(await postRecords(service, batch)).to.include({ status: 200, text: 'Ok' });
    await lost;
    expect(await storedRecords()).to.equal(batch.length);
  });

  it('are all answered when the service is told to stop, and are there after the restart', async () => {
    const posts = Array.from({ length: 10 }, (_, index) => postRecords(service, batch.slice(30 * index)));
    const answers = Promise.all(posts);
    await until('something is stored', async () => (await storedRecords()) > 0);
    await service.stop();
    const taken = (await answers).map(({ status }) => status === 200);
    const least = Math.max(
      0,
      ...[...taken.entries()].map(([index, isTaken]) => (isTaken ? 300 - 30 * index : 0)),
    );
    expect(await storedRecords())
      .to.be.at.least(least)
      .and.above(0);
    await service.restart();
    await postUntilTaken();
    expect(await storedRecords()).to.equal(batch.length);
  });

  it('give the answers of the model in any order, with repetitions and restarts, from two services', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryBatches,
        fc.constantFrom('1', '4'),
        fc.constantFrom('3', '20000'),
        async (batches, SHARDS, BATCH_SIZE) => {
          await service.database.query('truncate deployment_records, record_details, current_records');
          await service.restart({ SHARDS, BATCH_SIZE, ...patient });
          const second = await service.startAnother(patient);
          try {
            const services = [service, second];
            const posts = batches.map((records, index) =>
              postRecords(services[index % 2] ?? service, records.map(toBody)),
            );
            for (const { status, text } of await Promise.all(posts)) expect(status, text).to.equal(200);
            const model = modelOf(batches.flat());
            for (const asked of services) {
              expect(await getRecords(asked, '/current')).to.deep.equal(model.current().map(toBody));
              for (const component of model.components) {
                const history = await getRecords(asked, `/historical/${component}`);
                expect(history).to.deep.equal(model.historyOf(component).map(toBody));
              }
            }
          } finally {
            await second.stop();
          }
        },
      ),
      { ...bounded, numRuns: 12 },
    );
  });
});

function toBody(record: DeploymentRecord): RecordBody {
  const { component, environment, state } = record;
  return { Component: component, Environment: environment, State: state, Timestamp: formatInstant(record) };
}
