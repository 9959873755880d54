import pg from 'pg';

import { lockArguments } from '../database/advisory-locks.ts';
import { Settling, settleLock } from '../services/settling/settle-thread.ts';
import { until } from './until.ts';

/** Has all that is pending in the observations, however many services may be at it as well. The pool needs two connections. */
export async function settleAll(pool: pg.Pool): Promise<void> {
  const settling = new Settling(pool);
  await until('nothing is pending', async () => {
    await settling.settle();
    return (await pool.query('select from pending_reports limit 1')).rowCount === 0;
  });
}

/** What comes of reports. */
export const tablesOfServices = ['pending_reports', 'services', 'observations'];

const DEADLOCK_DETECTED = '40P01';

/** Empties tables while nobody settles: what is being settled would come back. */
export async function emptyTables(pool: pg.Pool, tables: readonly string[]): Promise<void> {
  // A service tidies up when it starts, and does not expect anybody to lock all its tables meanwhile.
  await truncate(pool, tables).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== DEADLOCK_DETECTED) throw error;
    return truncate(pool, tables);
  });
}

async function truncate(pool: pg.Pool, tables: readonly string[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`select pg_advisory_lock(${lockArguments(settleLock)})`);
    await client.query(`truncate ${tables.join(', ')}`);
  } finally {
    await client.query(`select pg_advisory_unlock(${lockArguments(settleLock)})`);
    client.release();
  }
}
