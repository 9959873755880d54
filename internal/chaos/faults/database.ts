import { setTimeout as pause } from 'node:timers/promises';

import { randomBetween } from '../../program/random.ts';
import type { Fault, Scene, StageNeeds } from '../fault.ts';
import { freeze, signal } from '../own-postgres.ts';

// The same for all, so that they are run against one service.
const needs: StageNeeds = {
  settings: { max_connections: '40', superuser_reserved_connections: '0', max_wal_senders: '0' },
};
const tables = [
  'pending_reports',
  'observations',
  'services',
  'payload_events',
  'event_batches',
  'idempotency_keys',
  'deployment_records',
  'record_details',
  'job_runs',
  'job_events',
];
const SECOND = 1000;
const FROZEN_LEAST_S = 3;
const FROZEN_MOST_S = 15;
const LOCKED_MS = 20 * SECOND;
const TIMES = 20;
const SHORT_TIMES = 5;
const CUT_TIMEOUT_MS = 10 * SECOND;
const SLOWER_MS = 300;

const timesOf = (isShort: boolean) => (isShort ? SHORT_TIMES : TIMES);
const frozenMs = ({ random }: Scene) => SECOND * randomBetween(random, FROZEN_LEAST_S, FROZEN_MOST_S);

const postgresKill: Fault = {
  name: 'postgres-kill',
  summary: 'PostgreSQL is killed (SIGKILL), crashes (SIGQUIT) or is restarted (SIGINT)',
  needs,
  async round({ postgres, random }) {
    const name = (['SIGKILL', 'SIGQUIT', 'SIGINT'] as const)[randomBetween(random, 0, 2)] ?? 'SIGKILL';
    const postmaster = await postgres.postmaster();
    signal(postmaster, name);
    while (signal(postmaster, 'SIGCONT')) await pause(5);
    await postgres.untilBack();
  },
};

const postgresFreeze: Fault = {
  name: 'postgres-freeze',
  summary: 'all processes of PostgreSQL are stopped for 3 to 15 s',
  needs,
  async round(scene) {
    await freeze(await scene.postgres.processes(), () => scene.lasting(frozenMs(scene)));
  },
};

const backendFreeze: Fault = {
  name: 'backend-freeze',
  summary: 'one backend of the service is stopped for 3 to 15 s',
  needs,
  async round(scene) {
    const backends = await scene.postgres.backends();
    const victim = backends[randomBetween(scene.random, 0, backends.length - 1)];
    if (victim === undefined) throw new Error('the service has no backend');
    await freeze([victim], () => scene.lasting(frozenMs(scene)));
  },
};

const terminate: Fault = {
  name: 'terminate',
  summary: 'all connections of the service are terminated, 20 times in a row',
  needs,
  async round({ postgres, lasting, isShort }) {
    for (let time = 0; time < timesOf(isShort); time++) {
      await postgres.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name like 'minikom%' and application_name <> 'minikom supervisor'`,
      );
      await lasting(SECOND / 10);
    }
  },
};

const lock: Fault = {
  name: 'lock',
  summary: 'one table is locked for 20 s',
  needs,
  async round({ postgres, random, lasting }) {
    const table = tables[randomBetween(random, 0, tables.length - 1)] ?? '';
    const client = await postgres.connect();
    try {
      await client.query(`begin; lock table ${table} in access exclusive mode`);
      await lasting(LOCKED_MS);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  },
};

const cut: Fault = {
  name: 'cut',
  summary:
    'the connection breaks after PostgreSQL committed and before the service hears of it, 20 times in a row',
  needs,
  async round({ proxy, random, complain, isShort }) {
    const commits = ['add pending reports', 'commit'];
    for (let time = 0; time < timesOf(isShort); time++) {
      const isCut = proxy.cutAtAnswerTo(commits[randomBetween(random, 0, commits.length - 1)] ?? '');
      const late = Symbol('late');
      const timeout = new Promise<symbol>((resolve) => setTimeout(resolve, CUT_TIMEOUT_MS, late).unref());
      if ((await Promise.race([isCut, timeout])) === late) complain('nothing was committed for 10 s');
    }
  },
};

const slow: Fault = {
  name: 'slow',
  summary: 'each way to PostgreSQL takes 300 ms longer for 10 s',
  needs,
  async round({ proxy, lasting }) {
    proxy.delayMs = SLOWER_MS;
    await lasting(10 * SECOND);
    proxy.delayMs = 0;
  },
};

const stall: Fault = {
  name: 'stall',
  summary: 'nothing comes through between the service and PostgreSQL for 3 to 15 s',
  needs,
  async round(scene) {
    scene.proxy.freeze();
    await scene.lasting(frozenMs(scene));
    scene.proxy.thaw();
  },
};

const away: Fault = {
  name: 'away',
  summary: 'PostgreSQL cannot be reached for 3 to 15 s',
  needs,
  async round(scene) {
    await scene.proxy.refuse();
    await scene.lasting(frozenMs(scene));
    await scene.proxy.listen();
  },
};

const connections: Fault = {
  name: 'connections',
  summary: 'others take all connections for 5 s, and those of the service are terminated meanwhile',
  needs,
  async round({ postgres, lasting }) {
    const first = await postgres.connect();
    const hogs = [first];
    const hog = async () => {
      for (;;) hogs.push(await postgres.connect());
    };
    await hog().catch(() => undefined);
    await first.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like 'minikom%' and application_name <> 'minikom supervisor'`,
    );
    // What became free may be taken by either.
    await hog().catch(() => undefined);
    await lasting(5 * SECOND);
    await Promise.all(hogs.map((client) => client.end()));
  },
};

/** What goes wrong between the service and PostgreSQL, and in that. */
export const databaseFaults: readonly Fault[] = [
  postgresKill,
  postgresFreeze,
  backendFreeze,
  terminate,
  lock,
  cut,
  slow,
  stall,
  away,
  connections,
];
