import { expect } from 'chai';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { LogProcess } from '../../internal/program/log-process.ts';
import { report } from './testing/report-stream.ts';

// Far more than a pipe and what the reader has buffered hold.
const LINES = 3000;
const LONG_PATH = `/${'x'.repeat(2000)}`;

describe('a service whose log nobody reads any more', () => {
  let database: TestDatabase;
  let service: LogProcess;
  let url: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      DATABASE_URL: database.connectionString,
      LOG_LEVEL: 'debug',
      PORT: '0',
    });
    url = await service.untilReady();
  });

  afterEach(async () => {
    await service.endBy('SIGKILL');
    await database.drop();
  });

  it('goes on, and ends when it is told to', async () => {
    service.neglect();
    for (let line = 0; line < LINES; line++) {
      const response = await fetch(url + LONG_PATH);
      await response.arrayBuffer();
      expect(response.status).to.equal(404);
    }
    expect((await report(url, 'web')).status).to.equal(200);
    expect(await service.endBy('SIGTERM')).to.equal(0);
    expect(service.lines.length).to.be.below(LINES);
  });
});
