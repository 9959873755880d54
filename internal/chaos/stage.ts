import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { StageNeeds } from './fault.ts';
import type { Ledger } from './ledger.ts';
import { OwnCluster } from './own-cluster.ts';
import { OwnPostgres } from './own-postgres.ts';
import { ServiceProcess } from './service-process.ts';
import { chooseSteadyPort } from './steady-port.ts';
import { TcpProxy } from './tcp-proxy.ts';

const START_TIMEOUT_MS = 60_000;

/** A service, its PostgreSQL and the way between them. */
export interface Stage {
  readonly needs: StageNeeds;
  readonly service: ServiceProcess;
  readonly postgres: OwnPostgres;
  readonly cluster: OwnCluster;
  readonly proxy: TcpProxy;
  /** The process ids of the service's connections to its database. */
  backends(): Promise<number[]>;
  /** Of all clients so far: what was acknowledged before the last fault must still be there after it. */
  readonly ledgers: Ledger[];
  /** Ends and removes all of it; resolves to what the service ended with. */
  close(): Promise<number | NodeJS.Signals | null>;
}

/** Sets it up and waits until the service serves. `servers`: the URLs of a Citus cluster, its coordinator first. */
export async function openStage(
  needs: StageNeeds,
  environment: Readonly<Record<string, string>>,
  servers: readonly string[] = [],
): Promise<Stage> {
  const undo: (() => Promise<unknown>)[] = [];
  const undoAll = async () => {
    for (const one of undo.reverse()) await one();
  };
  try {
    const cluster = needs.isCluster === true ? await OwnCluster.open(servers) : undefined;
    undo.push(() => cluster?.close() ?? Promise.resolve());
    const isOther = needs.isEmbedded === true || needs.isCluster === true;
    const database = isOther ? undefined : await openDatabase(needs, undo);
    const dataDir = await mkdtemp(join(tmpdir(), 'minikom-chaos-'));
    undo.push(() => rm(dataDir, { recursive: true, force: true }));
    const service = new ServiceProcess(
      await chooseSteadyPort(),
      {
        DATA_DIR: dataDir,
        ...(database !== undefined && { DATABASE_URL: database.proxy.url }),
        ...(cluster !== undefined && { DATABASE_URL: cluster.connectionString, DISTRIBUTE: 'citus' }),
        ...environment,
        ...needs.environment,
      },
      needs.nodeOptions,
    );
    undo.push(() => service.kill());
    await service.untilServed(START_TIMEOUT_MS);
    return {
      needs,
      service,
      get postgres() {
        return there(database).postgres;
      },
      get proxy() {
        return there(database).proxy;
      },
      get cluster() {
        return there(cluster);
      },
      backends: () => (cluster ?? database?.postgres)?.backends() ?? Promise.resolve([]),
      ledgers: [],
      async close() {
        const ended = await service.stop();
        await undoAll();
        return ended;
      },
    };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

interface Database {
  readonly postgres: OwnPostgres;
  readonly proxy: TcpProxy;
}

async function openDatabase(needs: StageNeeds, undo: (() => Promise<unknown>)[]): Promise<Database> {
  const postgres = await OwnPostgres.start(needs);
  undo.push(() => postgres.stop());
  const proxy = await TcpProxy.before(postgres.connectionString);
  undo.push(() => proxy.refuse());
  return { postgres, proxy };
}

function there<Database>(database: Database | undefined): Database {
  if (database === undefined) throw new Error('this service has another database');
  return database;
}
