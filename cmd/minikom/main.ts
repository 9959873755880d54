import '../../internal/program/navigator.ts';
import { ConfigError } from '../../internal/config/config.ts';
import { exposures } from '../../internal/config/exposures.ts';
import { fileFaults, hasFilesToReread } from '../../internal/config/files.ts';
import { plainTextOf } from '../../internal/config/reference.ts';
import { unusedWithoutReceivers } from '../../internal/notifications/config.ts';
import { startService } from '../../internal/processes/start.ts';
import { stopOnSignal } from '../../internal/processes/stop-on-signal.ts';
import { readFlags } from '../../internal/program/flags.ts';
import { createLogger } from '../../internal/telemetry/logger.ts';
import { readConfig, sections } from './configuration.ts';
import { program } from './program.ts';

/** Runs the service until SIGTERM or SIGINT. Exit status: 0 stopped, 1 could not run, 2 bad configuration or flags. */
async function main(): Promise<void> {
  const problems: string[] = [];
  if (readFlags({ texts: {}, numbers: {}, switches: {} }, process.argv.slice(2), problems).has('help')) {
    process.stdout.write(`Serves Minikom. Environment (default; values):\n\n${plainTextOf(sections)}`);
    return;
  }
  if (problems.length > 0) {
    process.stderr.write(
      `minikom: ${problems.join('; ')}; there is --help, all else is set by the environment\n`,
    );
    process.exitCode = 2;
    return;
  }
  const config = readConfig(process.env, await fileFaults(process.env));
  const logger = createLogger(config.LOG_LEVEL);
  logger.info({ node: process.version, pid: process.pid }, 'minikom starts');
  for (const exposed of exposures(config))
    logger.warn({ host: config.HOST, exposed }, 'minikom is open to its network');
  const unused = unusedWithoutReceivers(config);
  if (unused.length > 0) logger.warn({ unused }, 'nobody is notified: NOTIFY_URLS is not set');
  const starting = startService(program, config, logger);

  const stopping = stopOnSignal(
    'minikom',
    () => starting.then((service) => service.stop()),
    config.SHUTDOWN_DELAY_MS + config.SHUTDOWN_TIMEOUT_MS,
    logger,
    hasFilesToReread(config) ? () => starting.then((service) => service.reload()) : undefined,
  );
  const service = await starting;
  logger.info({ url: service.url, adminUrl: service.adminUrl }, 'minikom listens');
  try {
    await service.ready;
  } catch (error) {
    await service.stop();
    throw error;
  }
  // It may have been told to stop while it waited for the database.
  if (stopping.begun) return;
  logger.info({ services: `${service.url}/services`, ready: `${service.url}/ready` }, 'minikom is ready');
}

main().catch((error: unknown) => {
  const isConfigError = error instanceof ConfigError;
  process.stderr.write(`minikom: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(isConfigError ? 2 : 1);
});
