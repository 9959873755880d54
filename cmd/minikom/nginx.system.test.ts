import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { chooseFreePort } from '../../internal/database/embedded/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';
import { send } from '../../internal/testing/wire.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { untilAnswers } from './testing/until-answers.ts';

const CLIENTS = 32;

// Skipped where nginx is not installed.
describe('behind the nginx of docker-compose.replicas.yml, which keeps connections', () => {
  let folder: string;
  let database: TestDatabase;
  let services: TestService[];
  let nginx: ChildProcess | undefined;
  let url: string;

  before(async function () {
    if (spawnSync('nginx', ['-v']).error !== undefined) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'minikom-nginx-'));
    database = await createTestDatabase();
    services = [await startTestService({ database }), await startTestService({ database })];
    const port = await chooseFreePort();
    const servers = services.map((service) => `server 127.0.0.1:${new URL(service.url).port};`);
    const shipped = await readFile(new URL('../../../deploy/nginx/replicas.conf', import.meta.url), 'utf8');
    const here = shipped
      .replaceAll('/tmp/', `${folder}/`)
      .replace(/server minikom:8080 .*;/, servers.join(' '))
      .replace('listen 8080;', `listen 127.0.0.1:${port};`);
    await writeFile(join(folder, 'nginx.conf'), `daemon off; error_log ${folder}/error.log; ${here}`);
    nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    url = `http://127.0.0.1:${port}`;
    await untilAnswers('nginx', () => send(url, { path: '/health' }));
  });

  after(async () => {
    if (nginx === undefined) return;
    nginx.kill('SIGQUIT');
    await once(nginx, 'exit');
    for (const service of services) await service.stop();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('one of two replicas stops, and no client sees anything of it', async () => {
    const agent = new http.Agent({ keepAlive: true });
    const told = new Map<unknown, number>();
    let isOver = false;
    let answers = 0;
    const clients = Array.from({ length: CLIENTS }, async (_, index) => {
      while (!isOver) {
        const status = await post(url, `service ${index}`, agent);
        told.set(status, (told.get(status) ?? 0) + 1);
        answers++;
      }
    });
    await until('all are at it', () => answers > 20 * CLIENTS);
    await services[0]?.stop();
    const stopped = answers;
    await until('the other one serves on', () => answers > stopped + 10 * CLIENTS);
    isOver = true;
    await Promise.all(clients);
    agent.destroy();
    expect([...told.keys()]).to.deep.equal([200]);
  });
});

/** Resolves to the status, or to the code of what went wrong. */
function post(url: string, serviceName: string, agent: http.Agent): Promise<unknown> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ service_name: serviceName, state: 'deploy', timestamp: 1_700_000_000 });
    http
      .request(`${url}/event`, { method: 'POST', agent }, (answer) =>
        answer.resume().on('end', () => resolve(answer.statusCode)),
      )
      .on('error', (error) => resolve('code' in error ? error.code : error.message))
      .end(body);
  });
}
