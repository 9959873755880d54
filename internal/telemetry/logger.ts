import { pino, type Logger, type LevelWithSilent } from 'pino';

import { boundedOutput } from './bounded-output.ts';

export type { Logger };

// Whoever read it is gone. That is no reason to end.
process.stdout.on('error', () => undefined);

/**
 * The program's log: one JSON object a line on standard output, constant messages, values as fields.
 * JSON escapes CR, LF and ANSI sequences, so a hostile name cannot forge a line.
 *
 * Pino's own way to write waits in the event loop while nobody reads a pipe: a log collector that hangs would stop the
 * service. Node's stream keeps what a pipe does not take.
 */
export function createLogger(level: LevelWithSilent): Logger {
  const output = boundedOutput(process.stdout, (lines) => logger.warn({ lines }, 'log lines dropped'));
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
