import pg from 'pg';

import { invalidRequest, Problem, type ProblemKind } from '../frontdoor/problem.ts';
import { UnavailableError } from '../shards/unavailable.ts';

/** A request's key, taken: what its parts are known by. */
export interface TakenKey {
  readonly keyId: string;
  /** Of the first request with this key: all its repeats must have the same parts. */
  readonly partSize: number;
}

/** A request that wants its key. */
export interface KeyWish {
  readonly key: string;
  readonly bodyHash: Uint8Array;
  readonly partSize: number;
  /** When the key is of no use any more, as of `performance.now()`. */
  readonly deadlineMs: number;
}

/** How long a key is kept, at least. */
export const KEY_HOURS = 24;
const TRIES = 5;
// Each is a connection's while it lasts.
const TURNS_AT_ONCE = 2;
const MOST_PER_TURN = 256;
const SPLIT_INTO = 8;
// Whoever takes keys holds them for the length of a commit.
const LOCK_PATIENCE_MS = 250;

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

/** A wish that waits. */
interface Waiter extends KeyWish {
  readonly resolve: (taken: TakenKey) => void;
  readonly reject: (reason: unknown) => void;
  tries: number;
}

/**
 * Takes keys for requests. A turn is a statement, which takes all keys that wait: a database that is far away costs each its
 * way there and back, but not the ways of those before it as well.
 *
 * A turn that fails for what may be one key's affair (somebody holds its row) is taken again in eighths, one after the other,
 * and so on, down to the key that it is; that one is tried until its request is late. Meanwhile all others have the other
 * turn. A turn whose connection was lost is taken again as it is: what it may have committed is found, and is the same.
 *
 * On a cluster a turn has one key: several may lie on several servers, which commit in two steps, and wait for locks as long as
 * they please.
 */
export class Keys {
  readonly #database: pg.Pool;
  readonly #mostPerTurn: number;
  #waiting: Waiter[] = [];
  /** Parts of turns that failed, each to be taken by itself. */
  readonly #apart: Waiter[][] = [];
  /** When the turns that are under way began. */
  readonly #turns = new Set<{ readonly startMs: number }>();
  #isApartUnderWay = false;
  /** How long the last turn took. */
  #turnMs = 0;

  constructor(database: pg.Pool, { isCluster }: { readonly isCluster: boolean }) {
    this.#database = database;
    this.#mostPerTurn = isCluster ? 1 : MOST_PER_TURN;
  }

  /**
   * Takes a key for a request, or recognises the request's repeat; committed when this resolves. Rejects with a 422
   * {@link Problem} if the key belongs to another request. A key older than {@link KEY_HOURS} is free again.
   */
  take(wish: KeyWish): Promise<TakenKey> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...wish, resolve, reject, tries: 0 });
      this.#next();
    });
  }

  /** Throws an {@link UnavailableError} if a key that is asked for now is not to be expected within `mostMs`. */
  requireWithin(mostMs: number): void {
    if (this.#expectedMs(performance.now()) <= mostMs) return;
    throw new UnavailableError('queue-full', 'Too many requests wait for their Idempotency-Key to be taken.');
  }

  /** How long a key takes that is asked for now, by the last turn; one that goes on for longer may take as long again. */
  #expectedMs(nowMs: number): number {
    // Whoever can begin finds out.
    if (this.#turns.size < TURNS_AT_ONCE) return 0;
    let leftMs = Infinity;
    for (const { startMs } of this.#turns) {
      const ageMs = nowMs - startMs;
      leftMs = Math.min(leftMs, ageMs > this.#turnMs ? ageMs : this.#turnMs - ageMs);
    }
    const turnsAhead = Math.floor(this.#waiting.length / this.#mostPerTurn) / TURNS_AT_ONCE;
    return leftMs + (turnsAhead + 1) * this.#turnMs;
  }

  #next(): void {
    while (this.#turns.size < TURNS_AT_ONCE) {
      const apart = this.#isApartUnderWay ? undefined : this.#apart.shift();
      const waiters = inTime(apart ?? this.#waiting.splice(0, this.#mostPerTurn));
      if (waiters.length > 0) void this.#takeTurn(waiters, apart !== undefined);
      else if (apart === undefined && this.#waiting.length === 0) return;
    }
  }

  async #takeTurn(waiters: readonly Waiter[], isApart: boolean): Promise<void> {
    const turn = { startMs: performance.now() };
    this.#turns.add(turn);
    if (isApart) this.#isApartUnderWay = true;
    try {
      const insert = this.#mostPerTurn === 1 ? insertKey : insertKeys;
      this.#tell(waiters, await takeKeys(this.#database, insert, waiters));
    } catch (error) {
      this.#retry(inTime(waiters), error);
    }
    this.#turns.delete(turn);
    if (isApart) this.#isApartUnderWay = false;
    else this.#turnMs = performance.now() - turn.startMs;
    this.#next();
  }

  #tell(waiters: readonly Waiter[], rows: ReadonlyMap<string, KeyRow>): void {
    for (const waiter of inTime(waiters)) {
      const found = rows.get(waiter.key);
      if (found === undefined) {
        // Deleted in between, for its age.
        if (++waiter.tries < TRIES) this.#waiting.push(waiter);
        else waiter.reject(new Error('an idempotency key could neither be taken nor read'));
      } else if (found.body_hash.equals(waiter.bodyHash)) {
        waiter.resolve({ keyId: found.key_id, partSize: found.part_size });
      } else {
        const detail = 'This Idempotency-Key came with another request before.';
        waiter.reject(new Problem(422, keyReused, detail));
      }
    }
  }

  #retry(waiters: readonly Waiter[], error: unknown): void {
    const [first] = waiters;
    const isOne = waiters.every(({ key }) => key === first?.key);
    if (isHeld(error) && isOne) {
      this.#apart.push([...waiters]);
    } else if (mayBeOnes(error) && !isOne) {
      const size = Math.ceil(waiters.length / SPLIT_INTO);
      for (let from = 0; from < waiters.length; from += size) {
        this.#apart.push(waiters.slice(from, from + size));
      }
    } else {
      for (const waiter of waiters) {
        if (isLost(error) && ++waiter.tries < 2) this.#waiting.push(waiter);
        else waiter.reject(error);
      }
    }
  }
}

/** Those whose requests can still be answered; the others are told. */
function inTime(waiters: readonly Waiter[]): Waiter[] {
  const nowMs = performance.now();
  return waiters.filter((waiter) => {
    if (waiter.deadlineMs > nowMs) return true;
    waiter.reject(new UnavailableError('flush-timeout', 'The Idempotency-Key was not taken in time.'));
    return false;
  });
}

const stateOf = (error: unknown) => (error instanceof pg.DatabaseError ? error.code : undefined);

/** lock_not_available, deadlock_detected: somebody else has the key's row. */
function isHeld(error: unknown): boolean {
  const state = stateOf(error);
  return state === '55P03' || state === '40P01';
}

/** What one key of several may be the cause of: somebody holds its row, or it is not taken as it is. */
function mayBeOnes(error: unknown): boolean {
  return isHeld(error) || /^2[23]/.test(stateOf(error) ?? '');
}

/** The connection was lost, and another one is to be had. */
function isLost(error: unknown): boolean {
  if (stateOf(error) === '57P01') return true;
  return error instanceof Error && /^Connection terminated|ECONNRESET|EPIPE/.test(error.message);
}

interface KeyRow {
  readonly idempotency_key: string;
  readonly key_id: string;
  readonly body_hash: Buffer;
  readonly part_size: number;
}

/** The rows of all keys by now; of several requests with one key, that of the first. None for a key that was just deleted. */
async function takeKeys(
  database: pg.Pool,
  insert: typeof insertKeys,
  wishes: readonly KeyWish[],
): Promise<Map<string, KeyRow>> {
  const firsts = new Map<string, KeyWish>();
  for (const wish of wishes) if (!firsts.has(wish.key)) firsts.set(wish.key, wish);
  const found = new Map<string, KeyRow>();
  for (const row of await insert(database, [...firsts.values()])) found.set(row.idempotency_key, row);
  const taken = [...firsts.keys()].filter((key) => !found.has(key));
  if (taken.length === 0) return found;
  for (const row of await readKeys(database, taken)) found.set(row.idempotency_key, row);
  return found;
}

// All that is computed anew is in the row that was to be inserted, as a cluster wants it.
const TAKE_OVER = `
  on conflict (idempotency_key) do update
    set key_id = excluded.key_id, body_hash = excluded.body_hash, part_size = excluded.part_size,
        created_at = excluded.created_at
    where excluded.created_at - kept.created_at > interval '${KEY_HOURS} hours'
  returning idempotency_key, key_id, body_hash, part_size`;

/** Without those that are taken already. */
async function insertKeys(database: pg.Pool, wishes: readonly KeyWish[]): Promise<readonly KeyRow[]> {
  const { rows } = await database.query<KeyRow>({
    name: 'take idempotency keys',
    // In order, so that turns with the same keys cannot wait for each other. How long to wait for a lock is set before the first
    // is wanted, as rows are sorted.
    text: `
      insert into idempotency_keys as kept (idempotency_key, body_hash, part_size)
      select wished.idempotency_key, body_hash, part_size
      from (select set_config('lock_timeout', '${LOCK_PATIENCE_MS}', true)) as patience (lock_timeout),
        unnest($1::text[], $2::bytea[], $3::int4[]) as wished (idempotency_key, body_hash, part_size)
      where lock_timeout is not null
      order by wished.idempotency_key collate "C"
      ${TAKE_OVER}`,
    values: [
      wishes.map(({ key }) => key),
      wishes.map(({ bodyHash }) => bodyHash),
      wishes.map(({ partSize }) => partSize),
    ],
  });
  return rows;
}

/** The same of one, whose server is known by it. */
async function insertKey(database: pg.Pool, wishes: readonly KeyWish[]): Promise<readonly KeyRow[]> {
  const { rows } = await database.query<KeyRow>({
    name: 'take idempotency key',
    text: `
      insert into idempotency_keys as kept (idempotency_key, body_hash, part_size) values ($1, $2, $3) ${TAKE_OVER}`,
    values: wishes.flatMap(({ key, bodyHash, partSize }) => [key, bodyHash, partSize]),
  });
  return rows;
}

async function readKeys(database: pg.Pool, keys: readonly string[]): Promise<readonly KeyRow[]> {
  const { rows } = await database.query<KeyRow>({
    name: 'read idempotency keys',
    text: `
      select idempotency_key, key_id, body_hash, part_size from idempotency_keys
      where idempotency_key = any($1::text[])`,
    values: [keys],
  });
  return rows;
}
