import { expect } from 'chai';
import fc from 'fast-check';

import { inTransaction } from '../database/transaction.ts';
import { states } from '../testing/arbitrary-reports.ts';
import { columnsOf, observe } from '../testing/columns-of.ts';
import { useDatabase } from '../testing/use-database.ts';
import type { ReportBody } from '../testing/vectors.ts';
import { settleSink } from './settle-sink.ts';
import { reportSink } from './sink.ts';

// Few names, hours and seconds: batches meet in most rows.
const arbitraryReport: fc.Arbitrary<ReportBody> = fc.record({
  service_name: fc.constantFrom('a', 'b', 'é', '😀'),
  state: fc.constantFrom(...states),
  timestamp: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 9000 })),
});
const arbitraryBatches = fc.array(fc.array(arbitraryReport, { minLength: 1, maxLength: 20 }), {
  minLength: 1,
  maxLength: 12,
});
/** Few bytes: a batch or two at a time. */
const arbitraryBudgets = fc.array(fc.constantFrom(1, 100, 2 ** 20), { minLength: 1, maxLength: 8 });

describe('settling', () => {
  const database = useDatabase((pool) => pool.query('truncate pending_reports, services, observations'));

  const write = (reports: readonly ReportBody[]) =>
    database.withClient((client) => reportSink.write(client, columnsOf(reports)));
  const settle = (mostBytes: number) =>
    database.withClient((client) => inTransaction(client, () => settleSink.write(client, { mostBytes })));

  async function observed(): Promise<unknown[]> {
    const observations = await database.pool.query(
      'select service_name, hour, deploy::text, issue::text from observations order by service_name, hour',
    );
    const services = await database.pool.query(
      'select service_name, newest_hour from services order by service_name',
    );
    return [observations.rows, services.rows];
  }

  it('tells what it did', async () => {
    await write([{ service_name: 'a', state: 'issue', timestamp: 1 }]);
    await write([
      { service_name: 'a', state: 'issue', timestamp: 3601 },
      { service_name: 'b', state: 'deploy', timestamp: 2 },
    ]);
    const settled = await settle(2 ** 20);
    expect(settled).to.deep.include({ serviceNames: ['a', 'b'], batches: 2, isAll: true });
    expect(await settle(2 ** 20)).to.deep.equal({ serviceNames: [], batches: 0, bytes: 0, isAll: true });
  });

  it('names no more services than are worth it', async () => {
    await write(
      Array.from({ length: 5001 }, (_, index) => ({
        service_name: `${index}`,
        state: 'issue',
        timestamp: 1,
      })),
    );
    expect(await settle(2 ** 20)).to.include({ serviceNames: 'all' });
  });

  it('comes to the same as if all had been observed at once, whoever writes and settles when', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryBatches, arbitraryBudgets, async (batches, budgets) => {
        await database.pool.query('truncate pending_reports, services, observations');
        await database.withClient((client) => observe(client, batches.flat()));
        const expected = await observed();
        await database.pool.query('truncate services, observations');
        await Promise.all([...batches.map(write), ...budgets.map(settle)]);
        await settle(2 ** 20);
        expect(await observed()).to.deep.equal(expected);
        expect((await database.pool.query('select from pending_reports')).rowCount).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });
});
