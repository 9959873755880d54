import type pg from 'pg';

type Release = pg.PoolClient['release'];

/**
 * A pool of one connection for one user, which it is kept checked out for: giving it back and taking it again is a good
 * part of a small flush. A connection that is released as broken, or is lost while nobody uses it, goes back to the pool
 * to be closed, and the next is another one.
 */
export function holdClient(pool: Pick<pg.Pool, 'connect'>): Pick<pg.Pool, 'connect'> {
  let idle: pg.PoolClient | undefined;

  async function takeAnother(): Promise<pg.PoolClient> {
    const client = await pool.connect();
    const giveBack: Release = client.release.bind(client);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      if (idle === client) idle = undefined;
      giveBack(true);
    };
    client.once('end', end);
    client.once('error', end);
    client.release = (broken) => {
      if (broken !== undefined && broken !== false) end();
      else if (!isOver) idle = client;
    };
    return client;
  }

  const connect = (): Promise<pg.PoolClient> => {
    const client = idle;
    idle = undefined;
    return client === undefined ? takeAnother() : Promise.resolve(client);
  };
  return { connect: connect as pg.Pool['connect'] };
}
