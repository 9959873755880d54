import type pg from 'pg';

/** The database may lose what it has committed, so an answer of 2xx would be a lie. */
export class UnsafeDatabaseError extends Error {
  override readonly name = 'UnsafeDatabaseError';
}

/**
 * The database's settings that make COMMIT not durable, such as `fsync = off`; empty if there is none.
 * Our connections switch `synchronous_commit` on for themselves; it is off only if the connection string says so, or where
 * a pooler shares sessions, so that they cannot.
 */
export async function unsafeSettings(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{ setting: string }>(`
    select name || ' = ' || setting as setting
    from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
    order by name`);
  return rows.map(({ setting }) => setting);
}
