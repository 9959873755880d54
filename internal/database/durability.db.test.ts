import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { startUnsafePostgres, type UnsafePostgres } from '../testing/unsafe-postgres.ts';
import { unsafeSettings } from './durability.ts';
import { createPool } from './pool.ts';

describe('settings that make a commit not durable', () => {
  let safe: TestDatabase;
  let unsafe: UnsafePostgres;

  before(async () => {
    safe = await createTestDatabase();
    unsafe = await startUnsafePostgres();
  });

  after(async () => {
    await unsafe.stop();
    await safe.drop();
  });

  async function unsafeSettingsOf(connectionString: string): Promise<string[]> {
    const settings = { applicationName: 'durability test', connectTimeoutMs: 5000, statementTimeoutMs: 5000 };
    const pool = createPool({ connectionString, maxConnections: 1, ...settings });
    try {
      return await unsafeSettings(pool);
    } finally {
      await pool.end();
    }
  }

  it('are none by default', async () => {
    expect(await unsafeSettingsOf(safe.connectionString)).to.deep.equal([]);
  });

  it('are told by name', async () => {
    expect(await unsafeSettingsOf(unsafe.connectionString)).to.deep.equal(['fsync = off']);
  });

  it('are seen in the connection string as well, which is stronger than we are', async () => {
    const url = new URL(safe.connectionString);
    url.searchParams.set('options', '-c synchronous_commit=off');
    expect(await unsafeSettingsOf(url.href)).to.deep.equal(['synchronous_commit = off']);
  });
});
