import type pg from 'pg';

/** Connections lead to sessions that others use in between: no lock of a session and no LISTEN holds there. */
export class SharedSessionsError extends Error {
  override readonly name = 'SharedSessionsError';
}

// A pooler that others use at the same moment may give each a session of its own, by chance.
const ROUNDS = 5;

/**
 * Whether a pooler gives sessions to transactions, as PgBouncer does with `pool_mode = transaction`: seen if two
 * connections, or one before and after the other's transaction, are not served by the same process of PostgreSQL each.
 */
export async function sharesSessions(pool: pg.Pool): Promise<boolean> {
  let isOwn = false;
  const first = await pool.connect();
  try {
    const second = await pool.connect();
    try {
      isOwn = !(await meet(first, second));
      return !isOwn;
    } finally {
      // What is shared, or failed, is not kept.
      second.release(!isOwn);
    }
  } finally {
    first.release(!isOwn);
  }
}

async function meet(first: pg.ClientBase, second: pg.ClientBase): Promise<boolean> {
  const own = await backendOf(first);
  for (let round = 1; round <= ROUNDS; round++) {
    await second.query('begin');
    const other = await backendOf(second);
    const again = await backendOf(first);
    await second.query('rollback');
    if (other === own || again !== own) return true;
  }
  return false;
}

async function backendOf(client: pg.ClientBase): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}
