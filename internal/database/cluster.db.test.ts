import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { requireCluster } from './cluster.ts';

// What needs a cluster is tested by scripts/test-database.sh, where there is one.
describe('a database that should be a cluster', () => {
  let database: TestDatabase;

  before(async () => {
    database = await createTestDatabase();
  });

  after(() => database.drop());

  it('is refused without Citus, in one sentence that says what to do', async () => {
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    try {
      const error: unknown = await requireCluster(client).catch((reason: unknown) => reason);
      expect(String(error)).to.equal(
        'ClusterError: DISTRIBUTE is citus, but the server of DATABASE_URL has no Citus installed: install it there and on each node, or leave DISTRIBUTE out.',
      );
    } finally {
      await client.end();
    }
  });
});
