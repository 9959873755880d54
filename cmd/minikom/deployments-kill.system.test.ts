import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import type { Asked } from '../../internal/testing/wire.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { serviceAt } from './testing/asking.ts';
import { getRecords, postRecords, recordBody } from './testing/record-client.ts';

describe('a service of its own process', () => {
  let database: TestDatabase;
  let service: LogProcess;
  let asked: Asked;

  async function start(TZ: string): Promise<void> {
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: database.connectionString,
      PORT: '0',
      TZ,
    });
    asked = serviceAt(await service.untilReady());
  }

  before(async () => {
    database = await createTestDatabase();
  });

  afterEach(() => service.endBy('SIGKILL'));
  after(() => database.drop());

  it('tells timestamps in its time zone, in summer and in winter', async () => {
    const times = ['2026-03-29T00:59:59.5Z', '2026-03-29T01:00:00Z'];
    const Component = 'zone';
    await start('Europe/Berlin');
    await postRecords(
      asked,
      times.map((Timestamp) => recordBody(0, { Component, Timestamp })),
    );
    const written = async () =>
      (await getRecords(asked, '/historical/zone')).map(({ Timestamp }) => Timestamp);
    expect(await written()).to.deep.equal(['2026-03-29T01:59:59.5+01:00', '2026-03-29T03:00:00+02:00']);
    expect((await getRecords(asked, '/current')).map(({ Timestamp }) => Timestamp)).to.deep.equal([
      '2026-03-29T03:00:00+02:00',
    ]);
    await service.endBy('SIGTERM');
    await start('Asia/Kathmandu');
    expect(await written()).to.deep.equal(['2026-03-29T06:44:59.5+05:45', '2026-03-29T06:45:00+05:45']);
  });

  it('has each request whole or not at all when it is killed in the midst of them, and all that were Ok', async () => {
    await start('UTC');
    const size = 50;
    const names = Array.from({ length: 40 }, (_, index) => `killed-${index}`);
    const told = new Map<string, number>();
    let answered = 0;
    const posts = names.map(async (Component) => {
      const records = Array.from({ length: size }, (_, index) => recordBody(index, { Component }));
      const status = await postRecords(asked, records).then(
        (answer) => answer.status,
        () => 0, // The connection broke.
      );
      told.set(Component, status);
      if (++answered === 5) await service.endBy('SIGKILL');
    });
    await Promise.all(posts);
    await start('UTC');
    for (const name of names) {
      const { length } = await getRecords(asked, `/historical/${name}`);
      expect(length, name).to.be.oneOf(told.get(name) === 200 ? [size] : [0, size]);
    }
  });
});
