import { fileURLToPath } from 'node:url';

import type { Config } from '../../internal/config/config.ts';
import { startEmbeddedPostgres } from '../../internal/database/embedded/index.ts';
import { Primary } from '../../internal/processes/primary.ts';
import type { Logger } from '../../internal/telemetry/logger.ts';
import { serve, type Service } from './service.ts';

// Part of SHUTDOWN_TIMEOUT_MS, after the service's own parts.
const STOP_DATABASE_SHARE = 0.3;

/**
 * Starts a service with its database, if none is configured, in this process or in several. `now` is the clock in
 * unix seconds; tests bring their own.
 */
export async function startService(
  config: Config,
  logger: Logger,
  now: () => number = () => Date.now() / 1000,
): Promise<Service> {
  const start = (connectionString: string) =>
    config.PROCESSES === 1
      ? serve(config, { connectionString, logger, now })
      : startMembers(config, connectionString, logger);
  if (config.DATABASE_URL !== undefined) return start(config.DATABASE_URL);
  const stopTimeoutMs = config.SHUTDOWN_TIMEOUT_MS * STOP_DATABASE_SHARE;
  const embedded = await startEmbeddedPostgres({ dataDir: config.DATA_DIR, logger, stopTimeoutMs });
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
async function startMembers(config: Config, connectionString: string, logger: Logger): Promise<Service> {
  const primary = new Primary({
    processes: config.PROCESSES,
    program: fileURLToPath(new URL('member.js', import.meta.url)),
    environment: (slot) => ({ DATABASE_URL: connectionString, MINIKOM_SLOT: String(slot) }),
    logger,
  });
  try {
    return { url: await primary.url, ready: primary.ready, stop: () => primary.stop() };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}
