import type { Logger } from '../../telemetry/logger.ts';
import { accountFor } from './account.ts';
import { findBinaries, usableBinaries, type BinariesSource } from './binaries.ts';
import { clusterUser, ensureCluster } from './cluster.ts';
import { openDataFolder } from './data-folder.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { chooseFreePort } from './free-port.ts';
import { launch, type LaunchPlan, type Running } from './launch.ts';
import { readOrCreatePassword } from './password.ts';
import { lastLines, readServerLog, serverLogEnd, trimServerLog } from './server-log.ts';
import { Supervisor } from './supervisor.ts';

/** A PostgreSQL that runs beside the service, from binaries that came with it. */
export interface EmbeddedPostgres {
  readonly connectionString: string;
  /** Stops it; safe twice, and always settles. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The service's data folder; PostgreSQL's own things go below it. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** How long a stop may take before it is forced; 5000 unless told. */
  readonly stopTimeoutMs?: number;
  /** PostgreSQL settings over our defaults. They have no effect on a server that is adopted. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What tests put in the place of the real thing. */
export interface Surroundings {
  readonly findBinaries: () => Promise<BinariesSource>;
  readonly choosePort: () => Promise<number>;
  /** How long a server that runs already may leave us without any answer. */
  readonly answerTimeoutMs: number;
  /** From finding the binaries to taking connections, recovery after a crash included. */
  readonly startTimeoutMs: number;
}

const realSurroundings: Surroundings = {
  findBinaries,
  choosePort: chooseFreePort,
  answerTimeoutMs: 5000,
  startTimeoutMs: 60_000,
};

/**
 * Starts PostgreSQL on `dataDir`, or adopts the one that a killed service left running there, and keeps it running
 * until `stop`. Rejects with an {@link EmbeddedPostgresError} that says why it cannot.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedOptions,
  surroundings: Partial<Surroundings> = {},
): Promise<EmbeddedPostgres> {
  const around = { ...realSurroundings, ...surroundings };
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(around.startTimeoutMs);
  const plan = await prepare(options, around);
  const running = await launchInTime(plan, around, signal);
  const { postmaster, isAdopted } = running;
  options.logger.info(
    {
      pid: postmaster.pid,
      port: postmaster.port,
      serverLog: plan.folder.logFile,
      durationMs: Math.round(performance.now() - startedMs),
    },
    isAdopted ? 'embedded PostgreSQL adopted' : 'embedded PostgreSQL started',
  );
  const supervisor = new Supervisor(plan, running);
  return {
    connectionString: `postgres://${clusterUser}:${plan.password}@127.0.0.1:${postmaster.port}/${clusterUser}`,
    stop: () => supervisor.stop(),
  };
}

async function prepare(options: EmbeddedOptions, around: Surroundings): Promise<LaunchPlan> {
  const folder = await openDataFolder(options.dataDir);
  const account = await accountFor(folder.cluster);
  const binaries = await usableBinaries(await around.findBinaries(), account);
  const password = await readOrCreatePassword(folder);
  await ensureCluster(folder, binaries.initdb, account, password);
  await trimServerLog(folder.logFile);
  return {
    ...{ folder, account, password, program: binaries.postgres, settings: options.settings ?? {} },
    stopTimeoutMs: options.stopTimeoutMs ?? 5000,
    answerTimeoutMs: around.answerTimeoutMs,
    logger: options.logger,
  };
}

async function launchInTime(plan: LaunchPlan, around: Surroundings, signal: AbortSignal): Promise<Running> {
  const { logFile } = plan.folder;
  const logStart = await serverLogEnd(logFile);
  try {
    return await launch(plan, around.choosePort, signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const log = lastLines(await readServerLog(logFile, logStart));
    const message = `PostgreSQL was not ready within ${around.startTimeoutMs} ms:\n${log}`;
    throw new EmbeddedPostgresError('start-failed', message, { cause });
  }
}
