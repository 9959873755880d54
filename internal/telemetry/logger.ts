import { pino, type Logger, type LevelWithSilent } from 'pino';

export type { Logger };

/**
 * The program's log: one JSON object a line on standard output, constant messages, values as fields.
 * JSON escapes CR, LF and ANSI sequences, so a hostile name cannot forge a line.
 */
export function createLogger(level: LevelWithSilent): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  });
}
