import { expect } from 'chai';
import fc from 'fast-check';

import { compareInstants } from '../time/instant.ts';
import { recordPages } from './get-records.ts';
import { END, historyOf, historyOfAll, placeBefore, START } from './queries.ts';
import type { DeploymentRecord } from './record.ts';
import { recordSink } from './sink.ts';
import { arbitraryBatches } from './testing/arbitrary-records.ts';
import { batchOf, useRecordDatabase } from './testing/record-database.ts';
import { modelOf } from './testing/record-model.ts';

const arbitraryInstant = fc.record({
  second: fc.integer({ min: -4, max: 4 }),
  nanosecond: fc.constantFrom(0, 1, 2),
});
const arbitrarySpan = fc.record({
  from: fc.option(arbitraryInstant, { nil: START }),
  to: fc.option(arbitraryInstant, { nil: END }),
  environment: fc.constantFrom(undefined, undefined, 'prod', 'none'),
});

async function all(pages: ReturnType<typeof recordPages>): Promise<DeploymentRecord[]> {
  const records: DeploymentRecord[] = [];
  for await (const page of pages) records.push(...page.records);
  return records;
}

describe('reading deployment records', () => {
  const database = useRecordDatabase();

  async function store(batches: readonly (readonly DeploymentRecord[])[]): Promise<void> {
    await database.empty();
    const client = await database.pool.connect();
    for (const batch of batches) await recordSink.write(client, batchOf(batch));
    client.release();
  }

  it('finds what is of a span and an environment, in pages of any size', async () => {
    const pageSize = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(arbitraryBatches, arbitrarySpan, pageSize, async (batches, span, size) => {
        await store(batches);
        const model = modelOf(batches.flat());
        const isWanted = (record: DeploymentRecord) =>
          compareInstants(record, span.from) >= 0 &&
          compareInstants(record, span.to) < 0 &&
          (span.environment === undefined || record.environment === span.environment);
        const from = placeBefore(span.from);
        for (const component of ['web', 'none']) {
          const pages = recordPages(size, (after, limit) =>
            historyOf(database.pool, component, { ...span, after: after ?? from }, limit),
          );
          expect(await all(pages)).to.deep.equal(model.historyOf(component).filter(isWanted));
        }
        const pages = recordPages(size, (after, limit) =>
          historyOfAll(database.pool, after ?? { ...from, component: '' }, span, limit),
        );
        const everyone = model.components.flatMap((component) => model.historyOf(component));
        expect(await all(pages)).to.deep.equal(everyone.filter(isWanted));
      }),
      { numRuns: 60 },
    );
  });

  it('reads a component by its index, however many others there are, with or without statistics', async () => {
    await store([]);
    await database.pool.query(`
      insert into deployment_records (component, second, nanosecond, environment, state)
      select 'c-' || number % 500, number, 0, 'prod', 'started' from generate_series(1, 50000) as number`);
    for (const statistics of ['', 'analyze deployment_records']) {
      await database.pool.query(statistics);
      const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(`
        explain select component, environment, state, second, nanosecond
        from deployment_records
        where component = 'c-7' and (second, nanosecond, environment, state) > (0, 0, '', '')
        order by second, nanosecond, environment, state
        limit 1000`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan)
        .to.match(/Index.* Scan/)
        .and.not.match(/Seq Scan/);
    }
  });
});
