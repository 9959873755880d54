import type { ClientBase } from 'pg';

import { lockArguments, type AdvisoryLock } from '../database/advisory-locks.ts';

/** Keeps claiming and keeping checkpoints apart from settling. */
export const checkpointLock: AdvisoryLock = { name: 'checkpoints', number: 4 };
const LOCK = lockArguments(checkpointLock);

/**
 * For who changes observations, ahead of it, to the end of the transaction: checkpoints are claimed and kept before it or
 * after. What was claimed or kept before is seen, and taken away if it stands for an hour that changes; what is claimed
 * after is made of observations that have the change.
 */
export async function holdCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'hold checkpoints', text: `select pg_advisory_xact_lock_shared(${LOCK})` });
}

/** For who claims or keeps checkpoints, ahead of it, to the end of a short transaction: nobody holds them meanwhile. */
export async function lockCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'lock checkpoints', text: `select pg_advisory_xact_lock(${LOCK})` });
}
