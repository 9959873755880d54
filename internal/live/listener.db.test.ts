import { expect } from 'chai';
import pg from 'pg';

import { Session } from '../database/session.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/shared-postgres.ts';
import { until } from '../testing/until.ts';
import type { Announcement } from './announcement.ts';
import { Announcer, CHANNEL } from './announcer.ts';
import { Listener } from './listener.ts';
import { startDeafProxy } from './testing/deaf-proxy.ts';

const logger = createLogger('silent');

describe('a listener', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let session: Session;
  let listener: Listener;
  let heard: Announcement[];
  let gaps: number;

  before(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.connectionString, max: 2 });
  });

  beforeEach(() => {
    heard = [];
    gaps = 0;
  });

  afterEach(async () => {
    listener.close();
    await session.close();
  });

  after(async () => {
    await pool.end();
    await database.drop();
  });

  function listen(connectionString = database.connectionString, timeoutMs = 10_000): Listener {
    session = new Session({ connectionString, applicationName: 'minikom session', timeoutMs });
    listener = new Listener({
      session,
      logger,
      onAnnouncement: (announcement) => heard.push(announcement),
      onGap: () => gaps++,
    });
    return listener;
  }

  const ofServices = () => heard.filter(({ topic }) => topic === 'services').map(({ keys }) => keys);

  it('gives up at once when it is closed while it connects', async () => {
    const ear = listen();
    const heard = ear.hear().then(
      () => 'heard',
      () => 'gave up',
    );
    ear.close();
    expect(await heard).to.equal('gave up');
  });

  it('has heard all that was announced before it was asked', async () => {
    const ear = listen();
    await ear.hear();
    expect(gaps, 'what was announced before it listened was missed').to.equal(1);
    const announcer = new Announcer(pool, logger);
    announcer.say('services', ['a', 'b']);
    announcer.say('services', ['b', 'c ☂']);
    await announcer.stop();
    await ear.hear();
    expect(ofServices()).to.deep.equal([new Set(['a', 'b', 'c ☂'])]);
    expect(gaps).to.equal(1);
  });

  it('says that it may have missed something after its connection was lost', async () => {
    const ear = listen();
    await ear.hear();
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'minikom session'`,
    );
    await until('it listens again', async () => {
      await ear.hear().catch(() => undefined);
      return gaps === 2;
    });
    const announcer = new Announcer(pool, logger);
    announcer.say('services', ['afterwards']);
    await announcer.stop();
    await ear.hear();
    expect(ofServices()).to.deep.equal([new Set(['afterwards'])]);
  });

  it('takes what it does not understand for something missed', async () => {
    const ear = listen();
    await ear.hear();
    await pool.query('select pg_notify($1, $2)', [CHANNEL, 'hello']);
    await ear.hear();
    expect(gaps).to.equal(2);
  });

  it('does not take a connection on which nothing is ever heard for a quiet one', async () => {
    const proxy = await startDeafProxy(database.connectionString);
    const refused = await listen(proxy.url, 300)
      .hear()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refused).to.be.instanceOf(Error);
    expect(gaps).to.equal(0);
    proxy.stop();
  });
});
