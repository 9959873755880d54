import { once } from 'node:events';

import pg from 'pg';

type Columns = readonly (string | null)[];

/**
 * Runs a query and uses each row as it arrives, its columns as PostgreSQL writes them: of many rows none is kept, and who reads them
 * works while PostgreSQL finds the next ones. Rejects as a query does, or with what `use` threw, which is given no more rows then.
 */
export async function eachRow(
  database: Pick<pg.Pool, 'query'>,
  query: pg.QueryConfig,
  use: (columns: Columns) => void,
): Promise<void> {
  const reading = new RowReading(query, use);
  try {
    // A client returns the query as it is, a pool its answer.
    const answered: unknown = database.query(reading);
    await (answered === reading ? once(reading, 'end') : answered);
  } finally {
    // After its time limit a query may still be answered.
    reading.stop();
  }
  if (reading.fault !== undefined) throw reading.fault.reason;
}

/** The query that pg runs for it: one that keeps its rows makes an object of each. */
class RowReading extends pg.Query {
  readonly #use: (columns: Columns) => void;
  #isOpen = true;
  fault: { readonly reason: unknown } | undefined;

  constructor(query: pg.QueryConfig, use: (columns: Columns) => void) {
    super(query);
    this.#use = use;
  }

  stop(): void {
    this.#isOpen = false;
  }

  handleDataRow({ fields }: { readonly fields: Columns }): void {
    if (!this.#isOpen) return;
    try {
      this.#use(fields);
    } catch (reason) {
      this.fault = { reason };
      this.stop();
    }
  }
}
