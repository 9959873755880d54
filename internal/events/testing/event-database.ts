import type pg from 'pg';

import { useDatabase, type UsedDatabase } from '../../testing/use-database.ts';
import { timeOrderedId, type EventColumns, type QueuedPart } from '../batches.ts';
import type { Day } from '../partitions.ts';
import { parseGood } from './parse-text.ts';

/** A database for the tests of the surrounding `describe`, emptied of events before each. */
export interface EventDatabase extends UsedDatabase {
  /** Runs `work` on a connection, inside a transaction. */
  inTransaction(work: (client: pg.PoolClient) => Promise<unknown>): Promise<void>;
  /** The data of all events, in order. */
  storedData(): Promise<string[]>;
}

export function useEventDatabase(): EventDatabase {
  const database = useDatabase(empty);

  const own: Omit<EventDatabase, keyof UsedDatabase> = {
    inTransaction: (work) =>
      database.withClient(async (client) => {
        await client.query('begin');
        try {
          await work(client);
          await client.query('commit');
        } catch (error) {
          await client.query('rollback');
          throw error;
        }
      }),
    async storedData() {
      const { rows } = await database.pool.query<{ data: string }>(
        'select data::text from payload_events order by data::text',
      );
      return rows.map(({ data }) => data);
    },
  };
  // Its pool and its address are only there once the tests begin.
  return Object.assign(database, own);
}

async function empty(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ relname: string }>(`
    select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'payload_events'::regclass`);
  for (const { relname } of rows) await pool.query(`drop table ${relname}`);
  await pool.query('truncate event_batches, idempotency_keys, idempotency_parts');
}

/** A batch as the front door gathers it: one part for each list of data, all with one timestamp. */
export function batchOf(receivedDay: Day, ...lists: unknown[][]): EventColumns {
  const parts = lists.flatMap((list) => parseGood(list.map((data) => ({ timestamp: 1, data }))).parts);
  return { batchId: timeOrderedId(0), receivedDay, parts };
}

/** The same parts, which belong to a request with a key. */
export function repeatable(keyId: string, columns: EventColumns): EventColumns {
  const parts = columns.parts.map((queued, part): QueuedPart => ({ ...queued, repeatable: { keyId, part } }));
  return { ...columns, parts };
}
