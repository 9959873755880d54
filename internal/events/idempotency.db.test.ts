import { createHash } from 'node:crypto';

import { expect } from 'chai';
import fc from 'fast-check';
import pg from 'pg';

import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { createPool } from '../database/pool.ts';
import { Problem } from '../frontdoor/problem.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import { clusterNodes } from '../testing/shared-postgres.ts';
import { until } from '../testing/until.ts';
import { Keys, parseIdempotencyKey, type TakenKey } from './idempotency.ts';
import { useEventDatabase } from './testing/event-database.ts';

const hash = (text: string) => createHash('sha256').update(text).digest();

const isCluster = clusterNodes().length > 0;

describe('an idempotency key', () => {
  const events = useEventDatabase();
  let keys: Keys;
  const take = (key: string, body: string, partSize = 10, deadlineMs = Infinity) =>
    keys.take({ key, bodyHash: hash(body), partSize, deadlineMs });

  beforeEach(() => (keys = new Keys(events.pool, { isCluster })));

  async function refused(work: Promise<unknown>): Promise<number> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof Problem) return error.status;
    throw new Error('it was not refused', { cause: error });
  }

  it('is recognised with the same request, and keeps the size of its parts', async () => {
    const first = await take('a', 'body', 10);
    expect(first.partSize).to.equal(10);
    expect(await take('a', 'body', 3)).to.deep.equal(first);
    expect((await take('b', 'body')).keyId).not.to.equal(first.keyId);
  });

  it('is refused with another request', async () => {
    const first = await take('a', 'body');
    expect(await refused(take('a', 'other'))).to.equal(422);
    expect(await take('a', 'body')).to.deep.equal(first);
  });

  it('is taken once by requests that come at once', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take('a', 'body', index + 1)));
    expect(new Set(taken.map(({ keyId, partSize }) => `${keyId} ${partSize}`)).size).to.equal(1);
  });

  it('is free again after a day, for one request', async () => {
    const first = await take('a', 'body');
    await events.pool.query(`update idempotency_keys set created_at = now() - interval '24 hours 1 second'`);
    const taken = await Promise.all([take('a', 'other', 5), take('a', 'other', 6)]);
    expect(taken[0]).to.deep.equal(taken[1]);
    expect(taken[0].keyId).not.to.equal(first.keyId);
    expect(await refused(take('a', 'body'))).to.equal(422);
  });

  it('is still known just before a day is over', async () => {
    await take('a', 'body');
    await events.pool.query(
      `update idempotency_keys set created_at = now() - interval '23 hours 59 minutes'`,
    );
    expect(await refused(take('a', 'other'))).to.equal(422);
  });

  it('is taken together with all others that wait', async function () {
    if (isCluster) this.skip();
    let statements = 0;
    const count = () => statements++;
    events.pool.on('acquire', count);
    const taken = await Promise.all(Array.from({ length: 300 }, (_, index) => take(`key ${index}`, 'body')));
    events.pool.off('acquire', count);
    expect(new Set(taken.map(({ keyId }) => keyId)).size).to.equal(300);
    // Two begin at once, each with the one key that there was; then no more than a turn takes.
    expect(statements).to.equal(4);
  });

  it('that somebody else holds keeps no other one waiting', async () => {
    await events.withClient(async (client) => {
      await client.query('begin');
      await client.query(
        `insert into idempotency_keys (idempotency_key, body_hash, part_size) values ('held', $1, 7)`,
        [hash('body')],
      );
      const names = Array.from({ length: 100 }, (_, index) => (index === 60 ? 'held' : `key ${index}`));
      const wanted = names.map((key) => take(key, 'body'));
      let isHeldTaken = false;
      void wanted[60]?.then(() => (isHeldTaken = true));
      const others = await Promise.all(wanted.filter((_, index) => index !== 60));
      expect(new Set(others.map(({ keyId }) => keyId)).size).to.equal(99);
      expect(isHeldTaken).to.equal(false);
      await client.query('commit');
      expect((await wanted[60])?.partSize).to.equal(7);
    });
  });

  it('that somebody else holds for longer than its request may take is given up', async () => {
    const settings = {
      connectionString: events.connectionString,
      applicationName: 'keys',
      maxConnections: 2,
    };
    const pool = createPool({ ...settings, connectTimeoutMs: 5000, statementTimeoutMs: 600 });
    keys = new Keys(pool, { isCluster });
    await events.withClient(async (client) => {
      await client.query('begin');
      await client.query(
        `insert into idempotency_keys (idempotency_key, body_hash, part_size) values ('held', $1, 7)`,
        [hash('body')],
      );
      const error: unknown = await take('held', 'body', 10, performance.now() + 400).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(UnavailableError).with.property('code', 'flush-timeout');
      await client.query('rollback');
    });
    await pool.end();
  });

  it('that is not taken as it is fails no other one', async () => {
    const sizes = Array.from({ length: 50 }, (_, index) => (index === 30 ? 0 : 1));
    const taken = await Promise.allSettled(sizes.map((size, index) => take(`key ${index}`, 'body', size)));
    expect(taken.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).to.deep.equal([30]);
  });

  it('is not taken for a request that is late, and others are', async () => {
    const taken = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        take(`key ${index}`, 'body', 1, index < 10 ? Infinity : performance.now()),
      ),
    );
    expect(taken.map(({ status }) => status).filter((status) => status === 'fulfilled')).to.have.length(10);
    const { rows } = await events.pool.query('select from idempotency_keys');
    expect(rows).to.have.length(10);
  });

  it('is taken once where the connection is lost after it was', async () => {
    const proxy = await TcpProxy.before(events.connectionString);
    const pool = new pg.Pool({ connectionString: proxy.url, max: 2 });
    pool.on('error', () => undefined);
    keys = new Keys(pool, { isCluster });
    const cut = proxy.cutAtAnswerTo('take idempotency key');
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take(`key ${index}`, 'body')));
    await cut;
    expect(new Set(taken.map(({ keyId }) => keyId)).size).to.equal(20);
    const { rows } = await events.pool.query<{ key_id: string }>('select key_id from idempotency_keys');
    expect(taken.map(({ keyId }) => keyId)).to.have.members(rows.map(({ key_id }) => key_id));
    await pool.end();
    await proxy.refuse();
  });

  it('is one of the requests that came first, whoever takes them and in whatever order', async () => {
    const wish = fc.record({ key: fc.nat(5), body: fc.nat(2), replica: fc.nat(1), partSize: fc.nat(4) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 60 }), async (wishes) => {
        run++;
        const replicas = [new Keys(events.pool, { isCluster }), new Keys(events.pool, { isCluster })];
        const told = await Promise.all(
          wishes.map(({ key, body, replica, partSize }) =>
            (replicas[replica] ?? keys)
              .take({
                key: `${run}-${key}`,
                bodyHash: hash(String(body)),
                partSize: partSize + 1,
                deadlineMs: Infinity,
              })
              .catch((error: unknown) => error),
          ),
        );
        const { rows } = await events.pool.query<{
          name: string;
          key_id: string;
          hash: Buffer;
          size: number;
        }>(
          `select idempotency_key as name, key_id, body_hash as hash, part_size as size
           from idempotency_keys where idempotency_key like $1`,
          [`${run}-%`],
        );
        const kept = new Map(rows.map((row) => [row.name, row]));
        expect([...kept.keys()]).to.have.members([...new Set(wishes.map(({ key }) => `${run}-${key}`))]);
        for (const [index, { key, body }] of wishes.entries()) {
          const row = kept.get(`${run}-${key}`);
          if (row?.hash.equals(hash(String(body))) === true) {
            const expected: TakenKey = { keyId: row.key_id, partSize: row.size };
            expect(told[index]).to.deep.equal(expected);
          } else {
            expect(told[index]).to.be.instanceOf(Problem).with.property('status', 422);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('that is not to be expected in time is not asked for', async () => {
    await events.withClient(async (client) => {
      await client.query('begin');
      await client.query('lock table idempotency_keys');
      keys.requireWithin(0);
      const wanted = Array.from({ length: 3 }, (_, index) => take(`key ${index}`, 'body'));
      keys.requireWithin(60_000);
      await until('it to take a while', () => {
        try {
          keys.requireWithin(20);
          return false;
        } catch (error) {
          expect(error).to.be.instanceOf(UnavailableError).with.property('code', 'queue-full');
          return true;
        }
      });
      await client.query('commit');
      await Promise.all(wanted);
      keys.requireWithin(0);
    });
  });

  it('is 1 to 255 visible ASCII characters', () => {
    for (const key of ['a', '!~"', 'x'.repeat(255)]) expect(parseIdempotencyKey(key)).to.equal(key);
    expect(parseIdempotencyKey(undefined)).to.equal(undefined);
    for (const key of ['', ' ', 'a b', 'é', '\u007f', 'x'.repeat(256), ['a', 'b']]) {
      expect(() => parseIdempotencyKey(key))
        .to.throw(Problem)
        .with.property('status', 400);
    }
  });
});
