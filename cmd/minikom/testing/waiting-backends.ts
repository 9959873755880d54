import type pg from 'pg';

/** How many backends of the client's database wait for a lock to write; the settler, which reads, may wait as well. Unlike pg_stat_activity, true within a transaction too. */
export async function waitingBackends(client: pg.Client): Promise<number> {
  const { rowCount } = await client.query(`
    select distinct pid from pg_locks
    where not granted and mode <> 'AccessShareLock' and database = (select oid from pg_database where datname = current_database())`);
  return rowCount ?? 0;
}
