import { expect } from 'chai';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { createLogger } from '../telemetry/logger.ts';
import { migrate, migrationsFolder, NewerSchemaError } from './migrate.ts';
import { byStatement } from './sql-file.ts';

// node-pg-migrate's own key (PG_MIGRATE_LOCK_ID), which all replicas share.
const MIGRATION_LOCK = '7241865325823964';
const logger = createLogger('silent');

describe('migrating', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let expected: readonly string[];

  before(async () => {
    await open();
    await up();
    expected = await schema();
    await close();
  });

  beforeEach(open);
  afterEach(close);

  async function open(): Promise<void> {
    database = await createTestDatabase({ isEmpty: true });
    client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
  }

  async function close(): Promise<void> {
    await client.end();
    await database.drop();
  }

  const up = () => migrate(database.connectionString, 5000, logger);

  /** All that the database consists of, as text to compare. */
  async function schema(): Promise<string[]> {
    const { rows } = await client.query<{ line: string }>(`
      select format('%s %s %s %s', table_name, column_name, data_type, is_nullable) as line
        from information_schema.columns where table_schema = 'public'
      union all
      select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
        from pg_constraint where connamespace = 'public'::regnamespace
      union all
      select indexdef from pg_indexes where schemaname = 'public'
      order by line`);
    return rows.map(({ line }) => line);
  }

  it('fills an empty database, and finds nothing to do the second time', async () => {
    expect(expected).to.include('services service_name text NO');
    await up();
    expect(await schema()).to.deep.equal(expected);
    await up();
    expect(await schema()).to.deep.equal(expected);
  });

  it('refuses a database that a newer program has migrated, and names what it does not know', async () => {
    await up();
    await client.query(`insert into migrations (name, run_on) values ('2700000000000_later', now())`);
    const error: unknown = await up().catch((refusal: unknown) => refusal);
    expect(error).to.be.instanceOf(NewerSchemaError);
    expect(String(error)).to.include('(2700000000000_later)');
  });

  it('works for several replicas at once on an empty database', async () => {
    await Promise.all([up(), up(), up(), up()]);
    expect(await schema()).to.deep.equal(expected);
    const { rows } = await client.query('select name from migrations group by name having count(*) > 1');
    expect(rows).to.deep.equal([]);
  });

  it('goes down to nothing and up again', async () => {
    await up();
    const options = { dbClient: client, dir: migrationsFolder, migrationLoaderStrategies: byStatement };
    await runner({
      ...options,
      ...{ migrationsTable: 'migrations', direction: 'down', count: Infinity, log: () => undefined },
    });
    const left = (await schema()).filter((line) => !/migrations|^citus_/.test(line));
    expect(left).to.deep.equal([]);
    await up();
    expect(await schema()).to.deep.equal(expected);
  });

  it('waits for another replica that migrates', async () => {
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const waiting = up();
    let waits = false;
    while (!waits) {
      const { rowCount } = await client.query(
        `select from pg_stat_activity
         where application_name = 'minikom migrate' and wait_event_type = 'Lock' and datname = current_database()`,
      );
      waits = rowCount === 1;
    }
    await client.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    await waiting;
    expect(await schema()).to.include('services service_name text NO');
  });

  it('rejects when its connection is lost, and can be tried again', async () => {
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const failing = up().then(
      () => 'migrated',
      () => 'failed',
    );
    let terminated = 0;
    while (terminated === 0) {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'minikom migrate' and datname = current_database()`,
      );
      terminated = rowCount ?? 0;
    }
    expect(await failing).to.equal('failed');
    await client.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    await up();
    expect(await schema()).to.include('services service_name text NO');
  });
});
