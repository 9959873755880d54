import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { z } from 'zod';

import { OwnCluster } from '../../internal/chaos/own-cluster.ts';
import { ServiceProcess } from '../../internal/chaos/service-process.ts';
import { chooseSteadyPort } from '../../internal/chaos/steady-port.ts';
import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { until } from '../../internal/testing/until.ts';

// The long form: see docs/reliability.md.
const reports = Number(process.env.REPLICAS_REPORTS ?? 6000);
const batch = Number(process.env.REPLICAS_BATCH ?? 4);
// The URLs of a Citus cluster on this machine that is there to be broken, its coordinator first: its servers are killed as well.
const servers = process.env.REPLICAS_CLUSTER?.split(',');
const MOST_AWAY_MS = 5000;
const AGAIN_MS = 50;
const FRESH_START = 1_600_000_000;
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
  let database: Pick<TestDatabase, 'connectionString' | 'drop'>;
  let cluster: OwnCluster | undefined;
  const replicas: ServiceProcess[] = [];

  before(async () => {
    if (servers === undefined) database = await createTestDatabase();
    else {
      const own = (cluster = await OwnCluster.open(servers));
      database = { connectionString: own.connectionString, drop: () => own.close() };
    }
    for (let index = 0; index < REPLICAS; index++) {
      const environment = {
        ...{ DATABASE_URL: database.connectionString, DATABASE_CONNECTIONS: '20', REPLICA_NAME: `r${index}` },
        ...(cluster !== undefined && { DISTRIBUTE: 'citus' }),
      };
      replicas.push(new ServiceProcess(await chooseSteadyPort(), environment));
    }
    for (const replica of replicas) await replica.untilServed(START_MS);
  });

  after(async () => {
    for (const replica of replicas) await replica.kill();
    await database.drop();
  });

  const anyReplica = () => replicas[Math.floor(Math.random() * REPLICAS)] ?? expect.fail();

  /** Asks one replica or another until one answers 200; resolves to what it says. */
  async function answerOf(path: string, init?: RequestInit): Promise<string> {
    for (;;) {
      // One that is killed meanwhile does not answer, or only in part.
      const answer = await fetch(anyReplica().url + path, init)
        .then(async (got) => ({ status: got.status, text: await got.text() }))
        .catch(() => undefined);
      if (answer?.status === 200) return answer.text;
      if (answer !== undefined) expect(answer.status, answer.text).to.equal(503);
      await pause(AGAIN_MS);
    }
  }

  /** Reports one second after the other of a service, and looks each time whether any replica says so. Resolves to how many. */
  async function readFresh(over: AbortSignal): Promise<number> {
    const service_name = 'watched';
    for (let second = 0; ; second++) {
      if (over.aborted) return second;
      const body = JSON.stringify({ service_name, state: 'issue', timestamp: FRESH_START + second });
      await answerOf('/event', { method: 'POST', body });
      expect(JSON.parse(await answerOf(`/services/${service_name}/latest-events`))).to.deep.equal([
        { state: 'issue', start_time: FRESH_START, end_time: FRESH_START + second + 1 },
      ]);
    }
  }

  /** Kills a replica by chance, and, every other time, a server of the cluster meanwhile. Resolves to how many servers. */
  async function killSome(): Promise<number> {
    const replica = anyReplica();
    const which = Math.floor(Math.random() * ((cluster?.nodes ?? 0) + 1));
    const isServerToo = cluster !== undefined && Math.random() < 0.5;
    const [ended] = await Promise.all([
      replica.restart('SIGKILL'),
      isServerToo
        ? cluster?.kill(which === cluster.nodes ? 'coordinator' : which, Math.random() * MOST_AWAY_MS)
        : undefined,
    ]);
    expect(ended).to.equal('SIGKILL');
    await replica.untilServed(START_MS);
    return isServerToo ? 1 : 0;
  }

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
    const reading = readFresh(over.signal);
    let [kills, serverKills] = [0, 0];
    while (!over.signal.aborted) {
      serverKills += await killSome();
      kills++;
    }
    const freshReads = await reading;
    expect(freshReads).to.be.above(0);
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
      process.env.REPLICAS_REPORTS === undefined
        ? ''
        : `${kills} kills, ${serverKills} of servers, ${freshReads} fresh reads ${JSON.stringify(outcome)}\n`,
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
