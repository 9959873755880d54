import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

import { partitionDays } from '../events/partitions.ts';
import { copyStatement, END_OF_ROWS, headLine, LAST_LINE, type BackupHead } from './format.ts';

/**
 * Writes all that the database holds to `out`, gzipped, as of one moment; the service may run meanwhile. Resolves to what is
 * in it.
 */
export async function backUp(client: pg.Client, out: Writable): Promise<BackupHead> {
  await client.query('begin isolation level repeatable read read only');
  const head = await describe(client);
  await pipeline(Readable.from(piecesOf(client, head)), createGzip(), out);
  await client.query('commit');
  return head;
}

async function* piecesOf(client: pg.Client, head: BackupHead): AsyncGenerator<string | Buffer> {
  yield headLine(head);
  for (const table of head.tables) {
    yield `${copyStatement(table, 'from stdin')};\n`;
    // Of a partitioned table only a query gives rows.
    const { columns, name } = table;
    const query = `(select ${columns.map((column) => `"${column}"`).join(', ')} from "${name}")`;
    const rows: AsyncIterable<Buffer> = client.query(copyTo(`copy ${query} to stdout`));
    for await (const some of rows) yield some;
    yield END_OF_ROWS;
  }
  yield LAST_LINE;
}

async function describe(client: pg.Client): Promise<BackupHead> {
  const migrations = await client.query<{ name: string }>('select name from migrations order by id');
  const sequences = await client.query<{ name: string; value: string; is_called: boolean }>(`
    select sequencename as name, coalesce(last_value, start_value)::text as value, last_value is not null as is_called
    from pg_sequences
    where schemaname = 'public' and sequencename not like 'migrations_%'
    order by sequencename`);
  return {
    format: 1,
    takenAt: new Date().toISOString(),
    migrations: migrations.rows.map(({ name }) => name),
    days: await partitionDays(client),
    tables: await tablesOf(client),
    sequences: sequences.rows.map(({ name, value, is_called }) => ({ name, value, isCalled: is_called })),
  };
}

/** The tables with something to keep, and their columns. */
export async function tablesOf(client: pg.Client): Promise<{ name: string; columns: string[] }[]> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    select relname as name, array_agg(attname::text order by attnum) as columns
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = ''
      and attname <> 'placed_by' -- only a cluster has it, and fills it by itself
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname not in ('migrations', 'readiness_probes')
    group by relname
    order by relname`);
  return rows;
}
