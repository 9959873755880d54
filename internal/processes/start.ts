import { fileURLToPath } from 'node:url';

import type { PipelineConfig } from '../config/pipeline.ts';
import { startEmbeddedPostgres } from '../database/embedded/index.ts';
import { budgetOf } from './budget.ts';
import { Primary } from './primary.ts';
import type { Program } from '../pipeline/feature.ts';
import type { Logger } from '../telemetry/logger.ts';
import { serve, type Service } from './serve.ts';

// Part of SHUTDOWN_TIMEOUT_MS, after the service's own parts.
const STOP_DATABASE_SHARE = 0.3;
// Of the embedded PostgreSQL, unless more are needed; some are for those who look into it, and reserved.
const EMBEDDED_CONNECTIONS = 100;
const EMBEDDED_SPARE_CONNECTIONS = 20;

/**
 * Starts a service with its database, if none is configured, in this process or in several. `now` is the clock in
 * unix seconds; tests bring their own.
 */
export async function startService<Config extends PipelineConfig>(
  program: Program<Config>,
  config: Config,
  logger: Logger,
  now: () => number = () => Date.now() / 1000,
): Promise<Service> {
  const { connections } = budgetOf(config, program.features);
  const start = (connectionString: string) =>
    config.PROCESSES === 1
      ? serve(program, config, { connectionString, logger, now })
      : startMembers(program.memberFile, config, connectionString, logger);
  if (config.DATABASE_URL !== undefined) return start(config.DATABASE_URL);
  const stopTimeoutMs = config.SHUTDOWN_TIMEOUT_MS * STOP_DATABASE_SHARE;
  const needed = config.PROCESSES * connections + EMBEDDED_SPARE_CONNECTIONS;
  const settings = { max_connections: String(Math.max(needed, EMBEDDED_CONNECTIONS)) };
  const embedded = await startEmbeddedPostgres({ dataDir: config.DATA_DIR, logger, stopTimeoutMs, settings });
  try {
    const service = await start(embedded.connectionString);
    let stopping: Promise<void> | undefined;
    return { ...service, stop: () => (stopping ??= service.stop().finally(() => embedded.stop())) };
  } catch (error) {
    // A PostgreSQL that nobody knows of must not be left behind.
    await embedded.stop();
    throw error;
  }
}

/** Several processes that serve one port; each is started as this program is, with its slot in the environment. */
async function startMembers(
  memberFile: URL,
  config: PipelineConfig,
  connectionString: string,
  logger: Logger,
): Promise<Service> {
  const primary = new Primary({
    processes: config.PROCESSES,
    program: fileURLToPath(memberFile),
    environment: (slot) => ({ DATABASE_URL: connectionString, MINIKOM_SLOT: String(slot) }),
    logger,
  });
  try {
    return {
      url: await primary.url,
      ready: primary.ready,
      reload: () => primary.reload(),
      stop: () => primary.stop(),
    };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}
