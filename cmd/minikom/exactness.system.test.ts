import fc from 'fast-check';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { modelAnswers } from '../../internal/testing/timeline-model.ts';
import { arbitraryReportRun, bounded, ownServices } from './testing/arbitrary-report-run.ts';
import { expectAnswers, postReports } from './testing/report-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

type Environment = Readonly<Record<string, string>>;

const shardCounts: readonly Environment[] = [{ SHARDS: '1' }, { SHARDS: '2' }, { SHARDS: '5' }];
const batchSizes: readonly Environment[] = [{ BATCH_SIZE: '1' }, { BATCH_SIZE: '3' }, {}];
const rules = [
  { gapSeconds: 2, maxDelaySeconds: 10 },
  { gapSeconds: 1, maxDelaySeconds: 0 },
  { gapSeconds: 4, maxDelaySeconds: 25 },
];

function environmentOf({ gapSeconds, maxDelaySeconds }: (typeof rules)[number]): Environment {
  return { GAP_SECONDS: String(gapSeconds), MAX_DELAY_SECONDS: String(maxDelaySeconds) };
}

describe('the answers over HTTP', () => {
  let database: TestDatabase;
  let service: TestService | undefined;
  let nowSeconds = 0;
  let runs = 0;

  before(async () => {
    database = await createTestDatabase();
  });

  afterEach(stop);

  after(() => database.drop());

  async function start(environment: Environment): Promise<string> {
    service = await startTestService({ database, environment, now: () => nowSeconds });
    return service.url;
  }

  async function stop(): Promise<void> {
    await service?.stop();
    service = undefined;
  }

  const arbitraryConcurrency = fc.integer({ min: 1, max: 48 });

  for (const shards of shardCounts) {
    for (const [index, batchSize] of batchSizes.entries()) {
      const environment = { ...shards, ...batchSize };
      it(`equal the model's in any order, with repetitions and at once: ${JSON.stringify(environment)}`, async () => {
        const url = await start(environment);
        await fc.assert(
          fc.asyncProperty(arbitraryReportRun, arbitraryConcurrency, async (anyRun, concurrency) => {
            const { reports, now } = ownServices(anyRun, `run ${++runs}`);
            nowSeconds = now;
            await postReports(url, reports, concurrency);
            await expectAnswers(url, reports, modelAnswers(reports, now));
          }),
          { ...bounded, numRuns: index === 2 ? 12 : 6 },
        );
      });
    }
  }

  it("equal the model's when the service restarts in the middle, with other shards, batches and rules", async () => {
    const arbitraryPart = fc
      .tuple(fc.constantFrom(...shardCounts), fc.constantFrom(...batchSizes), arbitraryConcurrency)
      .map(([shards, batchSize, concurrency]) => ({ environment: { ...shards, ...batchSize }, concurrency }));
    const arbitraryParts = fc.array(arbitraryPart, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        arbitraryReportRun,
        arbitraryParts,
        fc.constantFrom(...rules),
        async (anyRun, parts, rule) => {
          const { reports, now } = ownServices(anyRun, `run ${++runs}`);
          nowSeconds = now;
          for (const [index, { environment, concurrency }] of parts.entries()) {
            await stop();
            const url = await start({ ...environment, ...environmentOf(rule) });
            const sent = Math.ceil((reports.length * (index + 1)) / parts.length);
            await postReports(
              url,
              reports.slice(Math.ceil((reports.length * index) / parts.length), sent),
              concurrency,
            );
            const soFar = reports.slice(0, sent);
            await expectAnswers(url, soFar, modelAnswers(soFar, now, rule));
          }
        },
      ),
      { ...bounded, numRuns: 8 },
    );
  });
});
