import type { ClientBase } from 'pg';

import { lockArguments } from '../database/advisory-locks.ts';

const LOCK = lockArguments('checkpoints');

/**
 * For who changes observations, ahead of it, to the end of the transaction: no checkpoint is made meanwhile. One that was
 * made before is seen, and taken away if it stands for an hour that changes; one that is made after knows of the change.
 */
export async function holdCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'hold checkpoints', text: `select pg_advisory_xact_lock_shared(${LOCK})` });
}

/** For who makes checkpoints, ahead of reading what they are made of, to the end of the transaction: nobody holds them. */
export async function lockCheckpoints(client: ClientBase): Promise<void> {
  await client.query({ name: 'lock checkpoints', text: `select pg_advisory_xact_lock(${LOCK})` });
}
