import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../telemetry/logger.ts';
import { hasCode } from './embedded-error.ts';
import { isRunning, type Postmaster } from './postmaster-file.ts';

const pollIntervalMs = 20;

/**
 * Ends a postmaster, the gentlest way first, and always settles: SIGINT (fast shutdown: disconnects, checkpoints)
 * for `timeoutMs`, SIGQUIT (at once; the next start recovers) for 2 s, SIGKILL for 2 s. Resolves to whether it is
 * gone. No step loses what was committed.
 */
export async function stopPostmaster(
  postmaster: Postmaster,
  cluster: string,
  timeoutMs: number,
  logger: Logger,
): Promise<boolean> {
  const steps = [
    { signal: 'SIGINT', timeoutMs },
    { signal: 'SIGQUIT', timeoutMs: 2000 },
    { signal: 'SIGKILL', timeoutMs: 2000 },
  ] as const;
  for (const step of steps) {
    if (!(await isRunning(postmaster, cluster))) return true;
    if (step.signal !== 'SIGINT')
      logger.warn({ pid: postmaster.pid, signal: step.signal }, 'PostgreSQL does not stop');
    send(step.signal, postmaster.pid);
    if (await isGoneWithin(step.timeoutMs, postmaster, cluster)) return true;
  }
  logger.error({ pid: postmaster.pid }, 'PostgreSQL could not be stopped');
  return false;
}

async function isGoneWithin(timeoutMs: number, postmaster: Postmaster, cluster: string): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (await isRunning(postmaster, cluster)) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(pollIntervalMs);
  }
  return true;
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}
