import type pg from 'pg';

import { invalidRequest, Problem, type ProblemKind } from '../frontdoor/problem.ts';

/** A request's key, taken: what its parts are known by. */
export interface TakenKey {
  readonly keyId: string;
  /** Of the first request with this key: all its repeats must have the same parts. */
  readonly partSize: number;
}

/** How long a key is kept, at least. */
export const KEY_HOURS = 24;
const TRIES = 5;

/** 422: a request may not have the key of another. */
export const keyReused: ProblemKind = {
  code: 'idempotency-key-reused',
  title: 'This Idempotency-Key belongs to another request',
};

/** Reads the header; undefined without one. Throws a 400 {@link Problem}. */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw invalidRequest([{ field: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
}

/**
 * Takes a key for a request, or recognises the request's repeat; committed when this resolves. Throws a 422
 * {@link Problem} if the key belongs to another request. A key older than {@link KEY_HOURS} is free again.
 */
export async function takeKey(
  database: pg.Pool,
  key: string,
  bodyHash: Uint8Array,
  partSize: number,
): Promise<TakenKey> {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = (await insertKey(database, key, bodyHash, partSize)) ?? (await readKey(database, key));
    if (found === undefined) continue; // Deleted in between, for its age.
    if (!found.body_hash.equals(bodyHash)) {
      throw new Problem(422, keyReused, 'This Idempotency-Key came with another request before.');
    }
    return { keyId: found.key_id, partSize: found.part_size };
  }
  throw new Error('an idempotency key could neither be taken nor read');
}

interface KeyRow {
  readonly key_id: string;
  readonly body_hash: Buffer;
  readonly part_size: number;
}

/** Undefined if the key is taken already. */
async function insertKey(
  database: pg.Pool,
  key: string,
  bodyHash: Uint8Array,
  partSize: number,
): Promise<KeyRow | undefined> {
  const { rows } = await database.query<KeyRow>({
    name: 'take idempotency key',
    // All that is computed anew is in the row that was to be inserted, as a cluster wants it.
    text: `
      insert into idempotency_keys as kept (idempotency_key, body_hash, part_size)
      values ($1, $2, $3)
      on conflict (idempotency_key) do update
        set key_id = excluded.key_id, body_hash = excluded.body_hash, part_size = excluded.part_size,
            created_at = excluded.created_at
        where excluded.created_at - kept.created_at > interval '${KEY_HOURS} hours'
      returning key_id, body_hash, part_size`,
    values: [key, bodyHash, partSize],
  });
  return rows[0];
}

async function readKey(database: pg.Pool, key: string): Promise<KeyRow | undefined> {
  const { rows } = await database.query<KeyRow>({
    name: 'read idempotency key',
    text: 'select key_id, body_hash, part_size from idempotency_keys where idempotency_key = $1',
    values: [key],
  });
  return rows[0];
}
