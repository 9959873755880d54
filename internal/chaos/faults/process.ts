import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { LogProcess } from '../../program/log-process.ts';
import type { Fault, Scene } from '../fault.ts';

const ENDS_AT_ONCE_MS = 2000;
const READY_WITHIN_MS = 3000;

/** Waits until it is ready; false if it ends before. */
async function isReady(started: LogProcess): Promise<boolean> {
  return started.untilReady().then(
    () => true,
    () => false,
  );
}

const stop: Fault = {
  name: 'stop',
  summary: 'the service is stopped (SIGTERM) and started again; nobody who is connected is reset',
  needs: {},
  endsService: true,
  backWithinMs: READY_WITHIN_MS,
  async round({ service, client, complain }) {
    const resets = () =>
      [...client.figures.unanswered].reduce(
        (sum, [how, times]) => sum + (how.endsWith('reset') ? times : 0),
        0,
      );
    const before = resets();
    const ended = await service.restart('SIGTERM');
    if (ended !== 0) complain(`a stop ended with ${ended}`);
    if (resets() > before) complain(`${resets() - before} connections were reset by a stop`);
  },
};

const secondSigterm: Fault = {
  name: 'second-sigterm',
  summary: 'a stop that waits for a stalled PostgreSQL is told a second time, and ends at once',
  needs: {},
  endsService: true,
  backWithinMs: READY_WITHIN_MS,
  async round({ service, proxy, complain }) {
    proxy.freeze();
    const first = service.process;
    await pause(500);
    first.signal('SIGTERM');
    await first.until((lines) => lines.some(({ msg }) => msg === 'minikom stops'));
    const toldMs = performance.now();
    await service.restart('SIGTERM');
    if (performance.now() - toldMs > ENDS_AT_ONCE_MS) complain('the second SIGTERM did not end it at once');
    proxy.thaw();
  },
};

const portInUse: Fault = {
  name: 'port-in-use',
  summary: 'another service is started on the same port: it ends with status 1, and harms nobody',
  needs: {},
  async round({ service, complain }) {
    const ended = await service.another().end();
    if (ended !== 1) complain(`a service whose port is in use ended with ${ended}`);
  },
};

async function startTwice(
  { service, complain }: Scene,
  environment: Readonly<Record<string, string>>,
  expected: number,
): Promise<void> {
  const both = [service.another(environment), service.another(environment)];
  const ready = await Promise.all(both.map(isReady));
  const count = ready.filter(Boolean).length;
  if (count !== expected)
    complain(`of two services ${count} were ready: ${both.map((one) => one.errors).join('; ')}`);
  const ended = await Promise.all(both.map((one) => one.endBy('SIGTERM')));
  ended.forEach((status, index) => {
    if (status !== (ready[index] === true ? 0 : 1)) complain(`one of two services ended with ${status}`);
  });
}

const twoStarts: Fault = {
  name: 'two-starts',
  summary: 'two services start at once on an empty database, both serve; on an empty folder, one does',
  needs: {},
  async round(scene) {
    const name = `fresh_${Math.floor(scene.random() * 2 ** 32)}`;
    await scene.postgres.query(`create database ${name}`);
    const url = new URL(scene.postgres.connectionString);
    url.pathname = `/${name}`;
    await startTwice(scene, { DATABASE_URL: url.href, PORT: '0' }, 2);
    // Making clusters takes long, and the embedded PostgreSQL has tests of its own for it.
    if (scene.isShort) return;
    const folder = await mkdtemp(join(tmpdir(), 'minikom-chaos-'));
    await startTwice(scene, { DATABASE_URL: '', DATA_DIR: join(folder, 'data'), PORT: '0' }, 1);
    await rm(folder, { recursive: true, force: true });
  },
};

/** Starts and stops as they should not be, and as they should. */
export const processFaults: readonly Fault[] = [stop, secondSigterm, portInUse, twoStarts];
