import { constants } from 'node:os';

import { exitLogged, type Logger } from '../telemetry/logger.ts';

/** The end of a process. */
export interface Stopping {
  readonly begun: boolean;
  /** Does what a first signal does. */
  begin(): void;
}

/**
 * Ends the process when SIGTERM, SIGINT or SIGHUP comes, or when it is told to begin with that: `stop` is run, for at
 * most `timeoutMs`, and the exit status is 0 if that went well. The second signal means now. `what` stops is all of
 * minikom or one of its processes, and the log says which: whoever waits for the end of minikom waits for one line.
 * With `reload`, SIGHUP runs that instead, as it is the custom where there is something to be read again.
 */
export function stopOnSignal(
  what: 'minikom' | 'process',
  stop: () => Promise<void>,
  timeoutMs: number,
  logger: Logger,
  reload?: () => Promise<void>,
): Stopping {
  let stopping = false;
  const stopNow = (fields: object) => {
    stopping = true;
    logger.info(fields, `${what} stops`);
    const deadline = setTimeout(() => {
      logger.error('minikom did not stop in time');
      exitLogged(logger, 1);
    }, timeoutMs);
    stop()
      .then(() => {
        clearTimeout(deadline);
        logger.info(`${what} stopped`);
        exitLogged(logger, 0);
      })
      .catch((error: unknown) => {
        logger.error({ error }, 'minikom did not stop cleanly');
        exitLogged(logger, 1);
      });
  };
  const onSignal = (signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => {
    // Of a closed terminal there may be several at once.
    if (stopping && signal === 'SIGHUP') return;
    if (reload !== undefined && signal === 'SIGHUP') {
      // While it starts, what would be read again is still being read.
      void reload().catch(() => undefined);
      return;
    }
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopNow({ signal });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGHUP', onSignal);
  return {
    get begun() {
      return stopping;
    },
    begin() {
      if (!stopping) stopNow({});
    },
  };
}
