import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../telemetry/logger.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { guardPostmaster, type Guard } from './guard.ts';
import type { Hold } from './hold.ts';
import { findPostmaster, type Postmaster } from './postmaster-file.ts';
import { reachPostmaster } from './reach-postmaster.ts';
import { classifyStartFailure, lastLines } from './server-log.ts';
import { spawnPostmaster, type ServerPlan } from './spawn-postmaster.ts';
import { stopPostmaster } from './stop-postmaster.ts';

/** What every launch on a data folder needs. */
export interface LaunchPlan extends ServerPlan {
  readonly password: string;
  readonly stopTimeoutMs: number;
  /** How long a postmaster that runs already may leave us without any answer. */
  readonly answerTimeoutMs: number;
  readonly logger: Logger;
}

/** A running PostgreSQL that is ours alone. */
export interface Running {
  readonly postmaster: Postmaster;
  readonly hold: Hold;
  /** Ends the postmaster after us. */
  readonly guard: Guard;
  /** Whether it ran before. */
  readonly isAdopted: boolean;
}

const retryIntervalMs = 100;
const portTries = 10;

/**
 * Gets hold of the cluster's PostgreSQL, whatever is found:
 *
 *   runs, answers          → adopted
 *   runs, does not answer  → stopped, then started
 *   does not run           → started; again, if the port was taken or backends of a killed one are still there
 *
 * Ends when that worked, when it cannot work, or when `signal` aborts; a postmaster that was started in vain does
 * not stay. `choosePort` is asked for each try.
 */
export async function launch(
  plan: LaunchPlan,
  choosePort: () => Promise<number>,
  signal: AbortSignal,
): Promise<Running> {
  for (let takenPorts = 0; ;) {
    signal.throwIfAborted();
    const found = await findPostmaster(plan.folder.cluster);
    if (found === 'starting') {
      await sleep(retryIntervalMs, undefined, { signal });
      continue;
    }
    if (found !== undefined) {
      const hold = await adopt(plan, found, signal);
      if (hold !== undefined) {
        const guard = guardPostmaster(found, plan.folder.cluster);
        return { postmaster: found, hold, guard, isAdopted: true };
      }
      continue;
    }
    const started = await start(plan, await choosePort(), signal);
    if (typeof started !== 'string') return started;
    const failure = classifyStartFailure(started);
    if (failure === 'broken' || (failure === 'port-taken' && ++takenPorts === portTries)) {
      throw new EmbeddedPostgresError('start-failed', `PostgreSQL did not start:\n${lastLines(started)}`);
    }
    await sleep(failure === 'port-taken' ? 0 : retryIntervalMs, undefined, { signal });
  }
}

/** Takes over a postmaster that runs; if it stays silent, stops it and resolves to undefined. */
async function adopt(
  plan: LaunchPlan,
  postmaster: Postmaster,
  signal: AbortSignal,
): Promise<Hold | undefined> {
  const hold = await reachPostmaster(plan, postmaster, signal);
  if (hold === 'gone') return undefined;
  if (hold !== 'silent') return hold;
  plan.logger.warn({ pid: postmaster.pid }, 'a running PostgreSQL does not answer and is stopped');
  if (await stopPostmaster(postmaster, plan.folder.cluster, plan.stopTimeoutMs, plan.logger))
    return undefined;
  throw new EmbeddedPostgresError('start-failed', `PostgreSQL ${postmaster.pid} neither answers nor stops.`);
}

/** Starts a postmaster; resolves to its log if it ended instead. */
async function start(plan: LaunchPlan, port: number, signal: AbortSignal): Promise<Running | string> {
  let child: Postmaster | undefined;
  try {
    const spawned = await spawnPostmaster(plan, port, signal, (postmaster) => (child = postmaster));
    if ('failureLog' in spawned) return spawned.failureLog;
    const hold = await reachPostmaster(plan, spawned.postmaster, signal);
    if (typeof hold !== 'string') return { ...spawned, hold, isAdopted: false };
    throw new EmbeddedPostgresError('start-failed', 'PostgreSQL started, but does not take connections.');
  } catch (error) {
    // If another service was quicker to take the lock, it uses the postmaster that we started.
    const isOthers = error instanceof EmbeddedPostgresError && error.code === 'data-folder-in-use';
    if (child !== undefined && !isOthers) {
      await stopPostmaster(child, plan.folder.cluster, plan.stopTimeoutMs, plan.logger);
    }
    throw error;
  }
}
