import type { Logger } from '../telemetry/logger.ts';

/** Writes a warning, unless the same message was written only just now. */
export type Warn = (fields: Record<string, unknown>, message: string) => void;

/** At most one line per message and `everyMs`; `unlogged` says how many were left out since the last line. */
export function rateLimitedWarn(logger: Logger, stopwatch: () => number, everyMs = 10_000): Warn {
  const last = new Map<string, { atMs: number; unlogged: number }>();
  return (fields, message) => {
    const nowMs = stopwatch();
    const previous = last.get(message);
    if (previous && nowMs - previous.atMs < everyMs) {
      previous.unlogged++;
      return;
    }
    logger.warn({ ...fields, unlogged: previous?.unlogged ?? 0 }, message);
    last.set(message, { atMs: nowMs, unlogged: 0 });
  };
}
