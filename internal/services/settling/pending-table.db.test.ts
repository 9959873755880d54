import { expect } from 'chai';
import fc from 'fast-check';
import pg from 'pg';

import { arbitraryName } from '../../testing/arbitrary-reports.ts';
import { createTestDatabase, type TestDatabase } from '../../testing/shared-postgres.ts';
import { compareNames } from '../history/names.ts';
import { HourSeconds } from './hour-seconds.ts';

describe('a folded batch and Postgres', () => {
  let database: TestDatabase;
  let client: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
  });

  after(async () => {
    await client.end();
    await database.drop();
  });

  async function orderedByPostgres(names: readonly string[]): Promise<string[]> {
    const { rows } = await client.query<{ name: string }>(
      'select name from unnest($1::text[]) as names (name) order by name collate "C"',
      [names],
    );
    return rows.map(({ name }) => name);
  }

  const orderedByFold = (names: readonly string[]) => names.toSorted(compareNames);

  it('agree on the order of names at the borders of UTF-8 and UTF-16', async () => {
    const units = ['a', 'b', '~', '\u00a0', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\ufffd', '\uffff'];
    const beyond = ['\u{10000}', '\u{103ff}', '\u{10400}', '😀', '\u{fffff}', '\u{10ffff}'];
    const characters = [...units, ...beyond];
    const names = characters.flatMap((first) => [first, ...characters.map((second) => first + second)]);
    expect(orderedByFold(names.toReversed())).to.deep.equal(await orderedByPostgres(names));
  });

  it('agree on the order of any names', async () => {
    const names = fc.uniqueArray(arbitraryName, { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(names, async (some) => {
        expect(orderedByFold(some)).to.deep.equal(await orderedByPostgres(some));
      }),
      { numRuns: 200 },
    );
  });

  it('agree on how a multirange is written', async () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 3599 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(seconds, async (some) => {
        const set = new HourSeconds();
        for (const second of some) set.add(second);
        const ours = set.toMultirange();
        const { rows } = await client.query('select $1::int4multirange::text as theirs', [ours]);
        expect(rows).to.deep.equal([{ theirs: ours }]);
      }),
      { numRuns: 200 },
    );
  });
});
