import { pino, type Logger, type LevelWithSilent } from 'pino';

import { boundedOutput, type Output } from './bounded-output.ts';

export type { Logger };

// How long the end of the process waits for them.
const LAST_LINES_MS = 500;

// One for all logs of the process, whose lines come in order.
let output: Output | undefined;

/**
 * The program's log: one JSON object a line on standard output, constant messages, values as fields.
 * JSON escapes CR, LF and ANSI sequences, so a hostile name cannot forge a line.
 *
 * Pino's own way to write waits in the event loop while nobody reads a pipe: a log collector that hangs would stop the
 * service. Node's stream keeps what a pipe does not take; `logger.flush` waits for that.
 */
export function createLogger(level: LevelWithSilent): Logger {
  output ??= standardOutput((lines) => logger.warn({ lines }, 'log lines dropped'));
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    output,
  );
  return logger;
}

function standardOutput(onDropped: (lines: number) => void): Output {
  // Whoever read it is gone. That is no reason to end.
  process.stdout.on('error', () => undefined);
  return boundedOutput(process.stdout, onDropped);
}

/** Ends the process once its last lines are taken, or in a moment if nobody takes them. */
export function exitLogged(logger: Logger, status: number): void {
  setTimeout(() => process.exit(status), LAST_LINES_MS);
  logger.flush(() => process.exit(status));
}
