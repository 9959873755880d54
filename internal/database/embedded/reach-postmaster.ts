import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DataFolder } from './data-folder.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { takeHold, type Hold } from './hold.ts';
import { isRunning, type Postmaster } from './postmaster-file.ts';

const retryIntervalMs = 50;
const lockTimeoutMs = 3000;

/**
 * Takes hold of a postmaster that runs, waiting as long as it answers at all: recovery after a crash and a shutdown
 * may take their time. Resolves to `gone` if it ends, `silent` if it gave no answer for `answerTimeoutMs`; rejects
 * if another service has it, if it refuses us, or when `signal` aborts.
 */
export async function reachPostmaster(
  plan: { readonly folder: DataFolder; readonly password: string; readonly answerTimeoutMs: number },
  postmaster: Postmaster,
  signal: AbortSignal,
): Promise<Hold | 'gone' | 'silent'> {
  const server = { port: postmaster.port, password: plan.password, lockTimeoutMs };
  for (let lastAnswerMs = performance.now(); ;) {
    signal.throwIfAborted();
    if (!(await isRunning(postmaster, plan.folder.cluster))) return 'gone';
    try {
      return await takeHold(server, signal);
    } catch (error) {
      const answer = judgeAnswer(error);
      if (answer === 'final') throw explain(error, plan.folder);
      if (answer === 'wait') lastAnswerMs = performance.now();
      else if (performance.now() - lastAnswerMs > plan.answerTimeoutMs) return 'silent';
    }
    await sleep(retryIntervalMs, undefined, { signal });
  }
}

/** What a failed connection means: no answer, an answer that says to come again, or one that will not change. */
export function judgeAnswer(error: unknown): 'none' | 'wait' | 'final' {
  if (error instanceof EmbeddedPostgresError) return 'final';
  if (!(error instanceof pg.DatabaseError)) return 'none';
  // Starting or stopping, ended by a shutdown or crash, no connection left.
  const passing: readonly (string | undefined)[] = ['57P03', '57P01', '57P02', '53300'];
  return passing.includes(error.code) ? 'wait' : 'final';
}

function explain(error: unknown, folder: DataFolder): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const invalidPassword = '28P01';
  const advice = error.code === invalidPassword ? ` Is ${folder.passwordFile} the one of this cluster?` : '';
  return new EmbeddedPostgresError('start-failed', `PostgreSQL refuses us: ${error.message}.${advice}`, {
    cause: error,
  });
}
