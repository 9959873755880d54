import type pg from 'pg';

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

/** Forgets all services, and what is truncated `besides`, while nobody settles: what is being settled would come back. */
export async function emptyServices(pool: pg.Pool, besides: readonly string[] = []): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`select pg_advisory_lock(${lockArguments(settleLock)})`);
    await client.query(`truncate ${['pending_reports', 'services', 'observations', ...besides].join(', ')}`);
  } finally {
    await client.query(`select pg_advisory_unlock(${lockArguments(settleLock)})`);
    client.release();
  }
}
