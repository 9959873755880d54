import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { modelAnswers } from '../../internal/testing/timeline-model.ts';
import { arbitraryReportRun, bounded, ownServices } from './testing/arbitrary-report-run.ts';
import { getJson } from './testing/asking.ts';
import { expectAnswers, postReports } from './testing/report-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

describe('two services on one database', () => {
  let database: TestDatabase;
  let nowSeconds = 0;
  const services: TestService[] = [];

  before(async () => {
    database = await createTestDatabase();
    // They need not even agree on the number of shards.
    for (const environment of [{ SHARDS: '5' }, { SHARDS: '2', BATCH_SIZE: '7' }]) {
      services.push(await startTestService({ database, environment, now: () => nowSeconds }));
    }
  });

  after(async () => {
    for (const service of services) await service.stop();
    await database.drop();
  });

  it('both give exactly the answers of the model, whichever of them took which reports at the same time', async () => {
    let runs = 0;
    // Bit 0: the first service takes the report, bit 1: the second. Repetitions in the run make further overlaps.
    const arbitraryTakers = fc.infiniteStream(fc.constantFrom(0b01, 0b10, 0b01, 0b10, 0b11));
    await fc.assert(
      fc.asyncProperty(arbitraryReportRun, arbitraryTakers, async (anyRun, takers) => {
        const { reports, now } = ownServices(anyRun, `run ${++runs}`);
        nowSeconds = now;
        const takersOf = reports.map((report) => ({ report, bits: Number(takers.next().value) }));
        await Promise.all(
          services.map(({ url }, index) => {
            const taken = takersOf.filter(({ bits }) => (bits & (1 << index)) !== 0);
            return postReports(
              url,
              taken.map(({ report }) => report),
              24,
            );
          }),
        );
        const expected = modelAnswers(reports, now);
        for (const { url } of services) await expectAnswers(url, reports, expected);
      }),
      { ...bounded, numRuns: 25 },
    );
  });

  it('both take the same reports of the same few services at the same time without a deadlock', async () => {
    const seconds = Array.from({ length: 150 }, (_, index) => 7180 + index);
    const reports = ['x', 'y', 'z'].flatMap((service_name) =>
      seconds.map((timestamp) => ({ service_name, state: 'deploy' as const, timestamp })),
    );
    nowSeconds = 8000;
    await Promise.all(
      services.map(({ url }, index) => postReports(url, index === 0 ? reports : reports.toReversed(), 48)),
    );
    for (const { url } of services) {
      await expectAnswers(url, reports, modelAnswers(reports, nowSeconds));
    }
  });

  it('both tell the workers and shards of both', async () => {
    const reports = Array.from({ length: 40 }, (_, index) => ({
      ...{ service_name: `counted ${index}`, state: 'issue' as const, timestamp: 7000 },
    }));
    const tellWorkers = () => Promise.all(services.map((service) => tellOf(service, '/workers')));
    const before = sumOf((await tellWorkers())[0]?.workers ?? []);
    for (const { url } of services) await postReports(url, reports, 20);
    const [here, there] = await tellWorkers();
    expect(here).to.deep.equal(there);
    const workers = here?.workers ?? [];
    expect(sumOf(workers)).to.equal(before + 80);
    expect(new Set(workers.map(({ replica }) => replica)).size).to.equal(2);
    expect(new Set(workers.map(({ id }) => id)).size).to.equal(workers.length);
    for (const worker of workers) {
      for (const service of services) {
        expect(await tellOf(service, `/workers/${worker.id}`))
          .to.have.property('workerData')
          .that.deep.equals(worker);
      }
    }
    for (const service of services) {
      const { shards = [] } = await tellOf(service, '/shards');
      expect(shards.map(({ id }) => id)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
      for (const { shard_id, replica } of workers) expect(shards[shard_id]?.replica).to.equal(replica);
    }
  });
});

const told = z.object({
  workers: z
    .array(z.looseObject({ id: z.int(), shard_id: z.int(), replica: z.string(), events_count: z.int() }))
    .default([]),
  shards: z.array(z.object({ id: z.int(), replica: z.string() })).optional(),
  workerData: z.unknown().optional(),
});

async function tellOf(service: TestService, path: string): Promise<z.output<typeof told>> {
  return told.parse(await getJson(service, path));
}

function sumOf(workers: z.output<typeof told>['workers']): number {
  return workers.reduce((sum, { events_count }) => sum + events_count, 0);
}
