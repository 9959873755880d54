import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { migrationsFolder } from '../database/migrate.ts';
import { byStatement } from '../database/sql-file.ts';
import { inTransaction } from '../database/transaction.ts';
import { createPartition } from '../events/partitions.ts';
import { tablesOf } from './back-up.ts';
import { BackupReader, copyStatement, quoted, type BackupHead } from './format.ts';

/**
 * Reads a backup into a database that holds nothing, all of it or nothing, and brings its schema up to date: a backup may
 * be of an earlier version. Throws an Error with a sentence where that cannot be.
 */
export async function restore(client: pg.Client, backup: Readable): Promise<BackupHead> {
  await refuseWhileUsed(client);
  await refuseWhatIsKept(client);
  const unzipped = createGunzip();
  const reading = pipeline(backup, unzipped);
  reading.catch(() => undefined); // Whoever reads hears of it.
  const reader = new BackupReader(unzipped);
  const head = await reader.head();
  const known = (await readdir(migrationsFolder)).map((file) => file.replace(/\.sql$/, '')).sort();
  if (head.migrations.some((name, index) => name !== known[index])) {
    throw new Error('The backup is of a later version of Minikom: restore it with that one.');
  }
  await undoMigrations(client);
  await migrateUp(client, head.migrations.length);
  await inTransaction(client, async () => {
    for (const day of head.days) await createPartition(client, day);
    for (const table of head.tables) {
      const rows = client.query(copyFrom(copyStatement(table, 'from stdin')));
      await pipeline(Readable.from(reader.rows()), rows);
    }
    await reader.end();
    for (const { name, value, isCalled } of head.sequences) {
      await client.query('select setval($1::regclass, $2::int8, $3)', [quoted(name), value, isCalled]);
    }
  });
  await migrateUp(client, Infinity);
  await client.query('analyze');
  return head;
}

// As long as there is something in them, migrations refuse to be undone: who goes back to an older version would lose it.
const guarded = ['pending_reports', 'unreadable_reports'];

/** Deletes all that Minikom has in the database, and the tables themselves; the service makes them anew. */
export async function reset(client: pg.Client): Promise<void> {
  await refuseWhileUsed(client);
  const tables = await tablesOf(client);
  for (const { name } of tables.filter(({ name }) => guarded.includes(name))) {
    await client.query(`truncate ${name}`);
  }
  await undoMigrations(client);
}

async function refuseWhileUsed(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sessions: number }>(`
    select count(*)::int4 as sessions
    from pg_stat_activity
    where datname = current_database() and application_name ~ '^minikom (shard|settle|read|write|signal)'`);
  if ((rows[0]?.sessions ?? 0) > 0) throw new Error('Minikom runs on this database: stop it first.');
}

async function refuseWhatIsKept(client: pg.Client): Promise<void> {
  for (const { name } of await tablesOf(client)) {
    const { rowCount } = await client.query(`select from ${quoted(name)} limit 1`);
    if (rowCount !== 0) {
      throw new Error(
        `The database is not empty, there is something in ${name}: scripts/reset.sh deletes all that Minikom has.`,
      );
    }
  }
}

const schema = (client: pg.Client) => ({
  ...{ dbClient: client, dir: migrationsFolder, migrationLoaderStrategies: byStatement },
  ...{ migrationsTable: 'migrations', log: () => undefined },
});

async function migrateUp(client: pg.Client, count: number): Promise<void> {
  await runner({ ...schema(client), direction: 'up', count });
}

async function undoMigrations(client: pg.Client): Promise<void> {
  if (await dropSpread(client)) return;
  await runner({ ...schema(client), direction: 'down', count: Infinity });
  await client.query('drop table migrations');
}

/**
 * Migrations cannot be undone where a cluster has spread the tables: what they made is dropped there as a whole. Spread again it
 * is by the next start with DISTRIBUTE. Resolves to whether there was anything spread.
 */
async function dropSpread(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ is_cluster: boolean }>(
    "select to_regclass('pg_dist_partition') is not null as is_cluster",
  );
  if (rows[0]?.is_cluster !== true) return false;
  const { rows: tables } = await client.query<{ name: string }>(
    'select relname as name from pg_dist_partition join pg_class on pg_class.oid = logicalrelid where not relispartition',
  );
  if (tables.length === 0) return false;
  for (const { name } of tables) await client.query(`drop table if exists ${quoted(name)} cascade`);
  const { rows: sequences } = await client.query<{ name: string }>(
    "select sequencename as name from pg_sequences where schemaname = 'public'",
  );
  for (const { name } of sequences) await client.query(`drop sequence ${quoted(name)}`);
  await client.query('drop function if exists minikom_bucket(text)');
  return true;
}
