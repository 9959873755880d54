import { expect } from 'chai';
import pg from 'pg';

import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { clusterNodes, createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { clusterFault, requireCluster, type ClusterFacts } from './cluster.ts';
import { unsafeSettings } from './durability.ts';
import { isTransient } from './sqlstate.ts';
import { inTransaction, UncertainCommitError } from './transaction.ts';

const sound: ClusterFacts = { available: true, preloaded: true, created: true, nodes: 2, leads: true };
const nodes = clusterNodes();

describe('a database that should be a cluster', () => {
  it('is refused in one sentence that says what to do', () => {
    const sayings: readonly (readonly [Partial<ClusterFacts>, string])[] = [
      [{ available: false, preloaded: false, created: false, nodes: 0, leads: false }, 'no Citus installed'],
      [{ preloaded: false, created: false, nodes: 0, leads: false }, 'does not load Citus'],
      [{ created: false, nodes: 0, leads: false }, 'run "create extension citus"'],
      [{ nodes: 0, leads: false }, 'knows no nodes'],
      [{ leads: false }, 'is not its coordinator'],
    ];
    for (const [facts, words] of sayings) expect(clusterFault({ ...sound, ...facts })).to.include(words);
    expect(clusterFault(sound)).to.equal(undefined);
  });

  it('is refused where it is one PostgreSQL', async function () {
    if (nodes.length > 0) this.skip();
    const database = await createTestDatabase();
    expect(await refusal(database.connectionString)).to.equal(
      'ClusterError: DISTRIBUTE is citus, but the server of DATABASE_URL has no Citus installed: install it there and on each node, or leave DISTRIBUTE out.',
    );
    await database.drop();
  });
});

// Only where there is a cluster: scripts/test-database.sh with the URLs of all its servers.
(nodes.length === 0 ? describe.skip : describe)('a cluster (skipped where there is none)', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeEach(async () => {
    database = await createTestDatabase({ isEmpty: true });
    client = await connect(database.connectionString);
  });

  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  it('is refused without the extension, without nodes, and where a URL leads to a node', async () => {
    expect(await refusal(database.connectionString)).to.equal('undefined');
    const node = new URL(nodes[0] ?? '');
    node.pathname = new URL(database.connectionString).pathname;
    expect(await refusal(node.href)).to.include('DATABASE_URL leads to a node');
    await client.query('drop extension citus cascade');
    await client.end();
    expect(await refusal(database.connectionString)).to.include('does not have the extension');
    client = await connect(database.connectionString);
    await client.query('create extension citus');
    expect(await refusal(database.connectionString)).to.include('knows no nodes');
  });

  it('is known to lose what it committed if one of its nodes may', async () => {
    const node = await connect(nodes[1] ?? '');
    const pool = new pg.Pool({ connectionString: database.connectionString, max: 1 });
    const { host } = new URL(nodes[1] ?? '');
    try {
      expect(await unsafeSettings(pool)).to.deep.equal([]);
      await set(node, 'fsync', 'off');
      expect(await unsafeSettings(pool)).to.deep.equal([`fsync = off on ${host}`]);
    } finally {
      await set(node, 'fsync', 'default');
      await pool.end();
      await node.end();
    }
  });

  describe('of which a node goes down while something is committed', () => {
    let proxies: readonly TcpProxy[];

    beforeEach(async () => {
      proxies = await Promise.all(nodes.map((url) => TcpProxy.before(url)));
      // Otherwise nobody in between knows what is sent.
      await set(client, 'citus.node_conninfo', `'sslmode=disable'`);
    });

    afterEach(async () => {
      await set(client, 'citus.node_conninfo', 'default');
      for (const proxy of proxies) await proxy.refuse();
    });

    for (const [where, values] of [
      ['one node', [7]],
      ['both nodes', Array.from({ length: 40 }, (_, value) => value)],
    ] as const) {
      it(`is not believed, on ${where}`, async () => {
        for (const node of nodes) {
          await client.query('select citus_remove_node($1, $2)', addressOf(node));
        }
        for (const { url } of proxies) await client.query('select citus_add_node($1, $2)', addressOf(url));
        await client.query('create table uncertain (value int primary key)');
        await client.query(`select create_distributed_table('uncertain', 'value', shard_count => 4)`);
        const insert = () =>
          inTransaction(client, async () => {
            for (const value of values) await client.query('insert into uncertain values ($1)', [value]);
          });
        const commit = values.length === 1 ? ['COMMIT'] : ['PREPARE TRANSACTION', 'COMMIT PREPARED'];
        const held = Promise.any(proxies.map((proxy) => proxy.holdAt('uncertain', ...commit)));
        const outcome = insert().catch((error: unknown) => error);
        await held;
        for (const proxy of proxies) await proxy.refuse();
        const error = await outcome;
        if (values.length > 1) expect(error).to.be.instanceOf(UncertainCommitError);
        expect(isTransient(error)).to.equal(true);

        for (const proxy of proxies) await proxy.listen();
        // Of a session that knows no connections that were cut.
        await client.end();
        client = await connect(database.connectionString);
        await client.query('select recover_prepared_transactions()');
        const { rowCount } = await client.query('select from uncertain');
        expect(rowCount).to.equal(values.length === 1 ? 0 : values.length);
      });
    }
  });
});

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function addressOf(url: string): [host: string, port: string] {
  const { hostname, port } = new URL(url);
  return [hostname, port];
}

/** Sets what is a whole server's, and resolves once sessions know. */
async function set(client: pg.Client, setting: string, value: string): Promise<void> {
  const current = async () =>
    (await client.query<{ now: string }>(`select current_setting('${setting}') as now`)).rows[0]?.now;
  const before = await current();
  await client.query(`alter system set ${setting} = ${value}`);
  await client.query('select pg_reload_conf()');
  while ((await current()) === before);
}

/** What `requireCluster` says of it. */
async function refusal(connectionString: string): Promise<string> {
  const client = await connect(connectionString);
  const error: unknown = await requireCluster(client).catch((reason: unknown) => reason);
  await client.end();
  return String(error);
}
