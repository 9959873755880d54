import { constants } from 'node:os';

import { ConfigError, readConfig } from '../../internal/config/config.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { startService } from './service.ts';

/** Runs the service until SIGTERM or SIGINT. Exit status: 0 stopped, 1 could not run, 2 bad configuration. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.LOG_LEVEL);
  logger.info({ node: process.version, pid: process.pid }, 'minikom starts');
  const starting = startService(config, logger);

  const state: { stopping: boolean } = { stopping: false };
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    // The second signal means now.
    if (state.stopping) process.exit(128 + constants.signals[signal]);
    state.stopping = true;
    logger.info({ signal }, 'minikom stops');
    const deadline = setTimeout(() => {
      logger.error('minikom did not stop in time');
      process.exit(1);
    }, config.SHUTDOWN_TIMEOUT_MS);
    starting
      .then((service) => service.stop())
      .then(() => {
        clearTimeout(deadline);
        logger.info('minikom stopped');
        process.exit(0);
      })
      .catch((error: unknown) => {
        logger.error({ error }, 'minikom did not stop cleanly');
        process.exit(1);
      });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  const service = await starting;
  logger.info({ url: service.url }, 'minikom listens');
  try {
    await service.ready;
  } catch (error) {
    await service.stop();
    throw error;
  }
  // It may have been told to stop while it waited for the database.
  if (state.stopping) return;
  logger.info({ services: `${service.url}/services`, ready: `${service.url}/ready` }, 'minikom is ready');
}

main().catch((error: unknown) => {
  const isConfigError = error instanceof ConfigError;
  process.stderr.write(`minikom: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(isConfigError ? 2 : 1);
});
