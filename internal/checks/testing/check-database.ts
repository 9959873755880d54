import { useDatabase, type UsedDatabase } from '../../testing/use-database.ts';
import type { Check } from '../check.ts';
import { checkSink } from '../sink.ts';

/** A database for the tests of the surrounding `describe`, emptied of checks before each. */
export interface CheckDatabase extends UsedDatabase {
  /** Stores checks as a worker does. */
  store(...checks: Check[]): Promise<unknown>;
}

export function useCheckDatabase(): CheckDatabase {
  const database = useDatabase((pool) => pool.query('truncate checks'));
  return Object.assign(database, {
    store: (...checks: Check[]) => database.withClient((client) => checkSink.write(client, { checks })),
  });
}

/** A check that came to this status code; null: it was refused. */
export function checkOf(target: string, checkedMs: number, code: number | null = 200): Check {
  const failed = code === null || code < 200 || code > 399;
  return {
    ...{ target, checkedMs, code, outcome: code === null ? 'refused' : String(code), failed },
    ...{ latencyMs: 1.5, error: failed ? 'It failed.' : null, certificateEndMs: null },
  };
}
