import type pg from 'pg';
import type { ClientBase } from 'pg';

/*
 * Batches that are committed and not settled yet: a row each, as bytes that begin with the number of their layout. A row
 * lies in a slot, which is the flushing worker's: on a cluster each slot is on one server, and so is a flush.
 */

type Database = Pick<ClientBase | pg.Pool, 'query'>;

const SLOTS = 64;

/** A slot for somebody who flushes, for as long as it does. */
export function chooseSlot(): number {
  return Math.floor(Math.random() * SLOTS);
}

/** Stores reports as one batch that is pending; `reports` are the layout's number and rows. */
export async function addPending(
  client: Database,
  slot: number,
  rows: number,
  reports: Buffer,
): Promise<void> {
  await client.query({
    name: 'add pending reports',
    text: 'insert into pending_reports (slot, row_count, reports) values ($1, $2, $3)',
    values: [slot, rows, reports],
  });
}

/** A batch that is pending, without its bytes. */
export interface PendingBatch {
  readonly batchId: number;
  readonly slot: number;
  readonly rows: number;
  readonly bytes: number;
}

/** All batches that are pending, oldest first. */
export async function listPending(database: Database): Promise<PendingBatch[]> {
  const { rows } = await database.query<{ batch_id: number; slot: number; row_count: number; bytes: number }>(
    {
      name: 'list pending reports',
      text: `
      select batch_id::float8 as batch_id, slot, row_count, octet_length(reports) as bytes
      from pending_reports
      order by batch_id`,
    },
  );
  return rows.map(({ batch_id, slot, row_count, bytes }) => ({
    batchId: batch_id,
    slot,
    rows: row_count,
    bytes,
  }));
}

/** The bytes of batches; of those that were settled meanwhile there are none. */
export async function readPending(
  database: Database,
  batches: readonly PendingBatch[],
): Promise<{ batchId: number; reports: Buffer }[]> {
  const { rows } = await database.query<{ batch_id: number; reports: Buffer }>({
    name: 'read pending reports',
    text: `
      select batch_id::float8 as batch_id, reports
      from pending_reports
      where batch_id = any ($1::int8[]) and slot = any ($2::int2[])`,
    values: keysOf(batches),
  });
  return rows.map(({ batch_id, reports }) => ({ batchId: batch_id, reports }));
}

/** Deletes batches whose reports are in the observations, and committed there. */
export async function deletePending(
  database: Database,
  batches: readonly Pick<PendingBatch, 'batchId' | 'slot'>[],
): Promise<void> {
  await database.query({
    name: 'delete pending reports',
    text: 'delete from pending_reports where batch_id = any ($1::int8[]) and slot = any ($2::int2[])',
    values: keysOf(batches),
  });
}

/** Why a batch is set aside that another version of the program can read. */
export const UNKNOWN_LAYOUT = 'unknown layout';

/** Puts a batch that nobody can read where it is in nobody's way. First there, then gone here: it is never nowhere. */
export async function setAside(
  database: Database,
  batch: Pick<PendingBatch, 'batchId' | 'slot'>,
  reports: Buffer,
  reason: string,
): Promise<void> {
  await database.query({
    name: 'set reports aside',
    text: `
      insert into unreadable_reports (batch_id, slot, layout, reports, reason)
      values ($1, $2, $3, $4, $5)
      on conflict (batch_id, slot) do nothing`,
    values: [batch.batchId, batch.slot, reports[0] ?? 0, reports, reason],
  });
  await deletePending(database, [batch]);
}

/** Makes those batches pending again that were set aside for a layout which is known now. Returns how many. */
export async function takeBackReadable(database: Database, newestLayout: number): Promise<number> {
  const { rows } = await database.query<{ batch_id: string; slot: number; reports: Buffer }>({
    name: 'read what was set aside',
    text: `
      select batch_id, slot, reports
      from unreadable_reports
      where reason = $1 and layout between 1 and $2`,
    values: [UNKNOWN_LAYOUT, newestLayout],
  });
  for (const { batch_id, slot, reports } of rows) {
    await addPending(database, slot, 0, reports);
    await database.query('delete from unreadable_reports where batch_id = $1 and slot = $2', [
      batch_id,
      slot,
    ]);
  }
  return rows.length;
}

/** How many batches were set aside. */
export async function countSetAside(database: Database): Promise<number> {
  const { rows } = await database.query<{ batches: number }>({
    name: 'count what was set aside',
    text: 'select count(*)::float8 as batches from unreadable_reports',
  });
  return rows[0]?.batches ?? 0;
}

/** What the sessions of settlers are called: each says which layouts its program reads. */
export const settlerName = (newestLayout: number): string => `minikom settle (layout ${newestLayout})`;

/** The newest layout that each program which is connected knows: of the one that knows least, and of the one that knows most. */
export async function layoutsKnown(database: Database): Promise<{ least: number; most: number }> {
  const { rows } = await database.query<{ least: number; most: number }>({
    name: 'layouts known',
    text: `
      select coalesce(min(layout), 0) as least, coalesce(max(layout), 0) as most
      from (
        select substring(application_name from '^minikom settle .layout ([0-9]+)')::int4 as layout
        from pg_stat_activity
        where datname = current_database()
      ) as settlers`,
  });
  return rows[0] ?? { least: 0, most: 0 };
}

function keysOf(batches: readonly Pick<PendingBatch, 'batchId' | 'slot'>[]): [number[], number[]] {
  return [batches.map(({ batchId }) => batchId), [...new Set(batches.map(({ slot }) => slot))]];
}
