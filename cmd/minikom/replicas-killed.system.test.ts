import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { z } from 'zod';

import { ServiceProcess } from '../../internal/chaos/service-process.ts';
import { chooseSteadyPort } from '../../internal/chaos/steady-port.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';

// The long form: see docs/reliability.md.
const reports = Number(process.env.REPLICAS_REPORTS ?? 6000);
const batch = Number(process.env.REPLICAS_BATCH ?? 4);
const REPLICAS = 3;
const SERVICES = 200;
const START_MS = 60_000;

const loadtest = fileURLToPath(new URL('../loadtest/main.js', import.meta.url));
const result = z.object({
  events: z.int(),
  seconds: z.number(),
  requests: z.int(),
  retries: z.int(),
  givenUp: z.int(),
  errors: z.record(z.string(), z.unknown()),
  verification: z.object({
    compared: z.int(),
    notComparable: z.int(),
    different: z.int(),
    first: z.unknown(),
  }),
});
const told = z.object({
  workers: z.array(z.object({ id: z.int(), replica: z.string() })).optional(),
  shards: z.array(z.object({ id: z.int(), replica: z.string() })).optional(),
});

describe('three replicas of which one is killed after the other', () => {
  let database: TestDatabase;
  const replicas: ServiceProcess[] = [];

  before(async () => {
    database = await createTestDatabase();
    for (let index = 0; index < REPLICAS; index++) {
      const environment = { DATABASE_URL: database.connectionString, DATABASE_CONNECTIONS: '20' };
      replicas.push(
        new ServiceProcess(await chooseSteadyPort(), { ...environment, REPLICA_NAME: `r${index}` }),
      );
    }
    for (const replica of replicas) await replica.untilServed(START_MS);
  });

  after(async () => {
    for (const replica of replicas) await replica.kill();
    await database.drop();
  });

  const tellOf = async ({ url }: ServiceProcess, path: string) =>
    told.parse(await (await fetch(url + path)).json());

  it('answer as the model does, and all the same, whichever took which report', async function () {
    this.timeout(0);
    const args = [
      ...['--url', replicas.map(({ url }) => url).join()],
      ...['--mode', batch === 1 ? 'single' : 'bulk', '--batch', String(batch), '--events', String(reports)],
      ...['--services', String(SERVICES), '--shuffle', '--duplicates', '0.1', '--connections', '24'],
      ...['--verify', '--json'],
    ];
    const over = new AbortController();
    const loading = promisify(execFile)(process.execPath, [loadtest, ...args]).finally(() => over.abort());
    let kills = 0;
    while (!over.signal.aborted) {
      const replica = replicas[Math.floor(Math.random() * REPLICAS)];
      expect(await replica?.restart('SIGKILL')).to.equal('SIGKILL');
      kills++;
      await replica?.untilServed(START_MS);
    }
    const outcome = result.parse(JSON.parse((await loading).stdout));
    expect(outcome).to.include({ givenUp: 0 });
    expect(outcome.events).to.be.at.least(reports);
    expect(outcome.verification).to.deep.equal({
      compared: SERVICES,
      notComparable: 0,
      different: 0,
      first: [],
    });
    process.stdout.write(
      process.env.REPLICAS_REPORTS === undefined ? '' : `${kills} kills ${JSON.stringify(outcome)}\n`,
    );
  });

  it('tell of the same workers and shards, of those that live', async () => {
    const [first, ...others] = await Promise.all(replicas.map((replica) => tellOf(replica, '/shards')));
    expect(first?.shards?.map(({ id }) => id)).to.deep.equal(Array.from({ length: 15 }, (_, id) => id));
    const ofReplica = ({ shards = [] }: z.output<typeof told>) => shards.map(({ replica }) => replica);
    expect(new Set(ofReplica(first ?? {}))).to.deep.equal(new Set(['r0', 'r1', 'r2']));
    for (const other of others) expect(ofReplica(other)).to.deep.equal(ofReplica(first ?? {}));

    const { workers = [] } = await tellOf(replicas[0] ?? expect.fail(), '/workers');
    expect(new Set(workers.map(({ id }) => id)).size).to.equal(workers.length);
    for (const replica of replicas)
      expect((await tellOf(replica, '/workers')).workers).to.deep.equal(workers);
    await replicas[2]?.kill();
    await until('the killed one is not told of any more', async () => {
      const { shards = [] } = await tellOf(replicas[0] ?? expect.fail(), '/shards');
      return shards.length === 10 && shards.every(({ replica }) => replica !== 'r2');
    });
  });
});
