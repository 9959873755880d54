import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { serviceAt } from './testing/asking.ts';
import { getChecks } from './testing/check-client.ts';
import { CheckedTarget } from './testing/checked-target.ts';
import { LogProcess, type LogLine } from '../../internal/program/log-process.ts';

describe('two services that have the same target', () => {
  let database: TestDatabase;
  let other: pg.Client;
  let target: CheckedTarget;
  let services: LogProcess[];

  beforeEach(async () => {
    database = await createTestDatabase();
    other = new pg.Client({ connectionString: database.connectionString });
    await other.connect();
    target = await CheckedTarget.start();
    services = [];
    for (const PROCESSES of ['1', '2']) {
      const service = new LogProcess(new URL('main.js', import.meta.url), [], {
        DATABASE_URL: database.connectionString,
        PORT: '0',
        PROCESSES,
        SHARDS: '1',
        CHECK_TARGETS: `web=${target.url}`,
        CHECK_INTERVAL_SECONDS: '1',
      });
      services.push(service);
      await service.untilReady();
      if (services.length === 1) await service.until((lines) => begun(lines) === 1);
    }
  });

  afterEach(async () => {
    for (const service of services) await service.endBy('SIGKILL');
    await other.end();
    await target.stop();
    await database.drop();
  });

  const begun = (lines: readonly LogLine[]) =>
    lines.filter(({ msg }) => msg === 'health checks begin').length;
  const urlOf = (service: LogProcess | undefined) =>
    String(service?.lines.find(({ msg }) => msg === 'minikom listens')?.url);
  const holders = async () => {
    const { rowCount } = await other.query(`
      select from pg_locks
      where locktype = 'advisory' and classid = 77010 and objid = 3 and granted
        and database = (select oid from pg_database where datname = current_database())`);
    return rowCount;
  };

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`check it once, and the other goes on when the first ends by ${signal}`, async () => {
      const [first, second] = services;
      const { requests } = target;
      await until('some more checks', () => target.requests >= requests + 3);
      expect(begun(second?.lines ?? [])).to.equal(0);
      expect(await holders()).to.equal(1);
      await first?.endBy(signal);
      const endedAtMs = performance.now();
      await second?.until((lines) => begun(lines) === 1);
      expect(performance.now() - endedAtMs).to.be.below(5000);
      expect(await holders()).to.equal(1);
      // Of its two processes, too, only one checks.
      const asked = target.requests;
      await until('some more checks', () => target.requests >= asked + 3);
      expect(begun(second?.lines ?? [])).to.equal(1);
      // What the killed one had just asked may not have been stored.
      await until('each is stored once', async () => {
        const stored = (await getChecks(serviceAt(urlOf(second)))).length;
        return stored === target.requests || stored === target.requests - 1;
      });
    });
  }
});
