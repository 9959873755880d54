import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the service by `node --import`: on SIGUSR2 it prints the p99 of the main thread's event loop delay in
 * milliseconds since the last time, beyond the resolution of the timer that measures it.
 */
const RESOLUTION_MS = 1;
const NANOSECONDS_PER_MS = 1e6;

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGUSR2', () => {
    const p99 = delay.percentile(99) / NANOSECONDS_PER_MS - RESOLUTION_MS;
    process.stdout.write(
      `loop delay ${p99.toFixed(2)} most ${(delay.max / NANOSECONDS_PER_MS).toFixed(2)}\n`,
    );
    delay.reset();
  });
}
