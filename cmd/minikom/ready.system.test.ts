import { execFileSync } from 'node:child_process';
import { chown, mkdtemp, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import pg from 'pg';

import { until } from '../../internal/testing/until.ts';
import { ask, report } from './testing/report-stream.ts';
import { useSmallCluster } from './testing/small-cluster.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const READERS = 12;
const READ_CONNECTIONS = 4;

describe('a service whose readers hold all connections for reading', () => {
  let service: TestService;
  let other: pg.Client;

  before(async () => {
    service = await startTestService();
    other = new pg.Client({ connectionString: service.connectionString });
    await other.connect();
  });

  after(async () => {
    await other.end();
    await service.stop();
  });

  it('is ready, and takes bulk requests with a key, at once', async () => {
    const bulk = (key: string) =>
      ask(service.url, '/events', {
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: JSON.stringify([{ timestamp: 1_700_000_000, data: key }]),
      });
    await other.query('begin; lock table observations');
    let answered = 0;
    const readers = Array.from({ length: READERS }, () =>
      ask(service.url, '/services').then((told) => {
        answered++;
        return told;
      }),
    );
    await until('readers hold all connections', async () => {
      const { rowCount } = await other.query(
        `select distinct pid from pg_locks
         where not granted and relation = 'observations'::regclass and mode = 'AccessShareLock'
           and database = (select oid from pg_database where datname = current_database())`,
      );
      return rowCount === READ_CONNECTIONS;
    });
    expect(await ask(service.url, '/ready')).to.include({ status: 200 });
    expect((await Promise.all(['a', 'b', 'c'].map(bulk))).map(({ status }) => status)).to.deep.equal([
      200, 200, 200,
    ]);
    expect(await ask(service.url, '/ready')).to.include({ status: 200 });
    expect(answered, 'the readers wait all the while').to.equal(0);
    await other.query('rollback');
    for (const { status } of await Promise.all(readers)) expect(status).to.equal(200);
  });
});

describe('GET /ready', () => {
  const own = useSmallCluster({ SHARDS: '1', WORKERS_PER_SHARD: '1', FLUSH_TIMEOUT_MS: '1000' });

  async function readiness(): Promise<{ status: number; detail?: string }> {
    const { status, text } = await own.service.send({ path: '/ready' });
    const { detail } = JSON.parse(text) as { detail?: string };
    return { status, ...(detail !== undefined && { detail }) };
  }

  /** Expects that it says 503 with this detail, always, until the fault is gone. */
  async function expectNotReadyUntil(detail: RegExp, mend: () => Promise<unknown>): Promise<void> {
    await until('not ready', async () => (await readiness()).status === 503);
    for (let times = 0; times < 5; times++) {
      const told = await readiness();
      expect(told.status).to.equal(503);
      expect(told.detail).to.match(detail);
    }
    await mend();
    await until('ready again', async () => (await readiness()).status === 200);
  }

  it('is 503 while the database takes no writes', async () => {
    await until('ready', async () => (await readiness()).status === 200);
    const set = async (value: string) => {
      await own.administrator.query(`alter system set default_transaction_read_only = ${value}`);
      await own.administrator.query('select pg_reload_conf()');
    };
    await set('on');
    await expectNotReadyUntil(/commits nothing/, async () => {
      // Its own sessions are read-only as well.
      await own.administrator.query('set default_transaction_read_only = off');
      await set('off');
    });
    await until('reports are taken', async () => (await report(own.service.url, 'web')).status === 200);
  });

  it('is 503 while the disk is full', async function () {
    const disk = await mkdtemp(join(tmpdir(), 'minikom-small-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      await rmdir(disk);
      this.skip(); // Only root may, and not everywhere.
    }
    try {
      const { uid, gid } = await stat(own.sandbox.cluster);
      await chown(disk, uid, gid);
      await own.administrator.query(`create tablespace small location '${disk}'`);
      for (const table of ['pending_reports', 'readiness_probes']) {
        await own.administrator.query(`alter table ${table} set tablespace small`);
      }
      await until('ready', async () => (await readiness()).status === 200);
      await writeFile(join(disk, 'full'), Buffer.alloc(4 * 2 ** 20)).catch(() => undefined);
      await expectNotReadyUntil(/commits nothing/, () => writeFile(join(disk, 'full'), ''));
      await until('reports are taken', async () => (await report(own.service.url, 'web')).status === 200);
      for (const table of ['pending_reports', 'readiness_probes']) {
        await own.administrator.query(`alter table ${table} set tablespace pg_default`);
      }
      await own.administrator.query('checkpoint');
      await own.administrator.query('drop tablespace small');
    } finally {
      execFileSync('umount', ['-l', disk]);
      await rmdir(disk);
    }
  });

  it('is 503 while what was reported cannot be read, as somebody has locked it', async () => {
    await until('ready', async () => (await readiness()).status === 200);
    await own.administrator.query('begin; lock table pending_reports');
    await expectNotReadyUntil(/cannot be read yet/, () => own.administrator.query('rollback'));
  });

  it('is 503 while settling has no connection, so that nothing reported could be read', async () => {
    await until('a report is taken', async () => (await report(own.service.url, 'web')).status === 200);
    await until('ready', async () => (await readiness()).status === 200);
    const hogs: pg.Client[] = [];
    const hog = async () => {
      for (;;) hogs.push(await own.connect());
    };
    await hog().catch(() => undefined);
    await until('settling has lost its connections to others', async () => {
      await own.administrator.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'minikom settle%'`,
      );
      await hog().catch(() => undefined);
      const { rowCount } = await own.administrator.query(
        `select from pg_stat_activity where application_name like 'minikom settle%'`,
      );
      return rowCount === 0;
    });
    expect(await report(own.service.url, 'web')).to.include({ status: 200 });
    await expectNotReadyUntil(/cannot be read yet/, () => Promise.all(hogs.map((one) => one.end())));
    expect(await ask(own.service.url, '/services')).to.include({ status: 200 });
  });

  it('keeps the table of its probes small', async () => {
    await until('ready', async () => (await readiness()).status === 200);
    const { rows } = await own.administrator.query<{ bytes: number }>(
      `select pg_relation_size('readiness_probes')::float8 as bytes`,
    );
    expect(rows[0]?.bytes).to.be.within(8192, 8192 * 20);
  });
});
