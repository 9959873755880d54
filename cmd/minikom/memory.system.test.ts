import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { LogProcess } from '../../internal/program/log-process.ts';
import { residentMemory } from '../../internal/program/resident-memory.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { post, serviceAt } from './testing/asking.ts';

const BODIES_AT_ONCE = 4;
const LONG_NAMES = 40_000;
const PAYLOADS = 60_000;
// Of the idle figure: more at the peak, less afterwards.
const BOUND = 2;
// The promise is five minutes, with workers that stay for two of them.
const GIVEN_BACK_WITHIN_MS = 200_000;
const TIMEOUT_MS = 300_000;

// How much is resident is known there only, and given back by its C library.
const isLinux = process.platform === 'linux';

const textOf = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
/** How the C library gives memory back, as a file that starts the service says it. */
const allocatorOf = (path: string) =>
  Object.fromEntries(
    [...textOf(path).matchAll(/\b(MALLOC_\w+)=(\d+)/g)].map(([, name = '', value = '']) => [name, value]),
  );

const reportsWithLongNames = (client: number, second: number) =>
  Array.from({ length: LONG_NAMES }, (_, index) => ({
    service_name: `${client} ${index} ${'☂'.repeat(110)}`,
    state: 'deploy',
    timestamp: second,
  }));
const payloads = (client: number, second: number) =>
  Array.from({ length: PAYLOADS }, (_, index) => ({
    timestamp: second,
    data: { client, index, text: 'x'.repeat(200) },
  }));

describe('the memory of the service', function () {
  this.timeout(TIMEOUT_MS);
  let database: TestDatabase;
  let service: LogProcess;
  let url: string;

  before(async function () {
    if (!isLinux) this.skip();
    database = await createTestDatabase();
    service = new LogProcess(new URL('main.js', import.meta.url), [], {
      ...allocatorOf('scripts/start.sh'),
      DATABASE_URL: database.connectionString,
      WORKER_IDLE_TIMEOUT_MS: '1000',
      PORT: '0',
    });
    url = await service.untilReady();
  });

  after(async () => {
    if (!isLinux) return;
    await service.endBy('SIGKILL');
    await database.drop();
  });

  const statusOf = async (path: string, body: string) => (await post(serviceAt(url), path, body)).status;

  it('goes back below twice the idle figure after a peak', async () => {
    const second = Math.floor(Date.now() / 1000);
    const report = JSON.stringify({ service_name: 'web', state: 'deploy', timestamp: second });
    expect(await statusOf('/event', report)).to.equal(200);
    const idle = residentMemory(service.pid).now;
    for (const items of [reportsWithLongNames, payloads]) {
      const clients = Array.from({ length: BODIES_AT_ONCE }, (_, client) => client);
      const bodies = clients.map((client) => JSON.stringify(items(client, second)));
      const statuses = await Promise.all(bodies.map((body) => statusOf('/events', body)));
      expect([200, 503]).to.include.members(statuses);
    }
    expect(residentMemory(service.pid).most, 'at the peak').to.be.above(BOUND * idle);
    await until(
      () =>
        `memory to be given back: ${Math.round(residentMemory(service.pid).now)} MiB, idle ${Math.round(idle)}`,
      () => residentMemory(service.pid).now < BOUND * idle,
      GIVEN_BACK_WITHIN_MS,
    );
  });

  it('is given back by the same settings wherever the service is started', () => {
    expect(allocatorOf('scripts/start.sh')).to.not.deep.equal({});
    expect(allocatorOf('Dockerfile')).to.deep.equal(allocatorOf('scripts/start.sh'));
  });
});
