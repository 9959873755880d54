import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { isTransient } from './sqlstate.ts';

describe('what goes wrong with a real Postgres is told apart', () => {
  let database: TestDatabase;
  let administrator: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    administrator = new pg.Client({ connectionString: database.connectionString });
    await administrator.connect();
  });

  after(async () => {
    await administrator.end();
    await database.drop();
  });

  /** Connects and runs the work; resolves to what went wrong. */
  async function failureOf(
    connectionString: string,
    work: (client: pg.Client) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<unknown> {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await work(client);
      return 'nothing';
    } catch (error) {
      return error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  function changed(change: (url: URL) => void): string {
    const url = new URL(database.connectionString);
    change(url);
    return url.href;
  }

  it('transient: nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const failure = await failureOf(changed((url) => (url.port = String(port))));
    expect(failure).to.include({ code: 'ECONNREFUSED' });
    expect(isTransient(failure)).to.equal(true);
  });

  it('transient: a wrong password', async function () {
    // Such a server asks for none.
    if (new URL(database.connectionString).password === '') this.skip();
    const failure = await failureOf(changed((url) => (url.password = 'wrong')));
    expect(failure).to.include({ code: '28P01' });
    expect(isTransient(failure)).to.equal(true);
  });

  it('transient: a missing database', async () => {
    const failure = await failureOf(changed((url) => (url.pathname = '/not_there')));
    expect(failure).to.include({ code: '3D000' });
    expect(isTransient(failure)).to.equal(true);
  });

  it('transient: a backend that was told to end', async () => {
    const failure = await failureOf(database.connectionString, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const running = client.query('select pg_sleep(60)');
      await Promise.all([
        running,
        administrator.query('select pg_terminate_backend($1::int4, 5000)', [rows[0]?.pid]),
      ]);
    });
    expect(failure).to.include({ code: '57P01' });
    expect(isTransient(failure)).to.equal(true);
  });

  it('transient: a standby that was not promoted yet', async () => {
    const failure = await failureOf(database.connectionString, (client) =>
      client.query('begin read only; insert into services values ($$a$$, 1)'),
    );
    expect(failure).to.include({ code: '25006' });
    expect(isTransient(failure)).to.equal(true);
  });

  it('not transient: U+0000 in a text', async () => {
    const failure = await failureOf(database.connectionString, (client) =>
      client.query('select $1::text', ['a\0b']),
    );
    expect(failure).to.include({ code: '22021' });
    expect(isTransient(failure)).to.equal(false);
  });
});
