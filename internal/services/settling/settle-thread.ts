import { workerData } from 'node:worker_threads';

import type pg from 'pg';

import { lockArguments, type AdvisoryLock } from '../../database/advisory-locks.ts';
import { createPool } from '../../database/pool.ts';
import { isTransient } from '../../database/sqlstate.ts';
import { inTransaction } from '../../database/transaction.ts';
import { keepFromCheckpoints } from '../history/checkpoints.ts';
import type { Services } from '../history/hours.ts';
import { LAYOUT } from '../reports/report-rows.ts';
import { addObservations } from './observations.ts';
import { pack, type PackedHours } from './packed-hours.ts';
import {
  countSetAside,
  deletePending,
  layoutsKnown,
  settlerName,
  takeBackReadable,
  type PendingBatch,
} from './pending.ts';
import type { FoldedHours, PendingTable } from './pending-table.ts';
import { LaterLayoutError, MOST_NAMES, PendingView, type SetAside } from './pending-view.ts';

/** What the thread is started with; durations in milliseconds. Plain data, as all that crosses. */
export interface SettleSetup {
  readonly connectionString: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** The newest layout that it reads and says that it knows. */
  readonly newestLayout: number;
  /** How late a report may come. */
  readonly maxDelaySeconds: number;
}

/** What it is asked. */
export type SettleTask =
  /** What is pending of these services. */
  | { readonly ask: 'pending'; readonly services: Services }
  /** Which services came in since this was last asked. */
  | { readonly ask: 'changed' }
  /** To settle, if it is time to, and how things are. */
  | { readonly ask: 'settle' }
  /** Nothing: what is not answered at once is answered by a thread that hangs. */
  | { readonly ask: 'alive' };

/** How much is pending, and which layout may be written, as all who are connected know it. */
export interface SettleReport {
  readonly pending: { readonly batches: number; readonly rows: number; readonly bytes: number };
  /** The newest layout that all programs know which are connected. */
  readonly layout: number;
  readonly setAsideBatches: number;
  /** If it settled: the services concerned, 'all' if they are too many to be worth naming. */
  readonly settled?: {
    readonly serviceNames: readonly string[] | 'all';
    readonly batches: number;
    readonly bytes: number;
    readonly durationMs: number;
    /** Seconds of services that were added, each once. */
    readonly seconds: number;
    /** Of these, those that for sure came later than they may. */
    readonly lateSeconds: number;
  };
}

/** What came of it. A failure is a value, as errors lose their class between threads. */
export type SettleAnswer =
  | {
      readonly outcome: 'done';
      readonly pending?: PackedHours;
      readonly changed?: readonly string[] | 'all';
      readonly report?: SettleReport;
      readonly setAside: readonly SetAside[];
    }
  | { readonly outcome: 'failed'; readonly transient: boolean; readonly message: string };

/** One settles at a time; others have what is pending settled for them. */
export const settleLock: AdvisoryLock = { name: 'settling', number: 5 };
const LOCK = lockArguments(settleLock);

// Statements are for a few hundred rows of one bucket, looked up by key.
const sessionSettings = ['enable_seqscan=off'];
// One holds the lock; both settle, bucket by bucket, and what is asked meanwhile comes between two buckets.
const CONNECTIONS = 2;
// About a tenth of the time goes to settling. What counts is how many services' hours a round touches, not how often they
// were reported: longer pauses merge more, and nobody who reads waits for it.
const PAUSE_PER_ROUND = 10;
const SHORTEST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 40_000;
// With so much pending, the pause is over.
const MUCH_ROWS = 2_000_000;
const MUCH_BYTES = 48 * 2 ** 20;
const BATCHES_A_DELETE = 5000;
// About a tenth of a second's work where hours hold a second each; those full of fragments take longer, by how much was not measured.
const HOURS_A_STATEMENT = 5000;
// Deleted rows stay where they are until a vacuum, and PostgreSQL's own comes once a minute at most.
const VACUUM_EACH_MS = 5000;
const VACUUM_BATCHES = 2000;
const VACUUM_BYTES = 32 * 2 ** 20;

/** The handler of the thread that follows and settles what is pending; called once, by its entry file. */
export function serveSettling(): (task: SettleTask) => Promise<SettleAnswer> {
  const setup = workerData as SettleSetup;
  const pool = createPool({
    ...setup,
    applicationName: settlerName(setup.newestLayout),
    maxConnections: CONNECTIONS,
    // Its sessions say that this program is there, and what it knows.
    idleTimeoutMs: 0,
    sessionSettings,
  });
  const settling = new Settling(pool, setup.newestLayout, setup.maxDelaySeconds);
  return async (task) => {
    try {
      return { outcome: 'done', ...(await settling.run(task)), setAside: settling.view.takeSetAside() };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const transient = isTransient(error) || error instanceof LaterLayoutError;
      return { outcome: 'failed', transient, message };
    }
  };
}

/**
 * Follows what is pending for those who read, and moves it to the observations.
 *
 *   look → add, bucket by bucket, each committed → delete the batches
 *
 * First added, then deleted: whoever looks at what is pending and then reads the observations finds each report in one of
 * them or in both, and a union does not mind. Whoever is stopped in between leaves batches that are settled once more.
 */
export class Settling {
  readonly view: PendingView;
  readonly #pool: pg.Pool;
  readonly #newestLayout: number;
  readonly #maxDelaySeconds: number;
  /** When it last looked for a round: what that did not find came later. In unix seconds. */
  #lookedAtSeconds = -Infinity;
  #isBegun = false;
  #restUntilMs = -Infinity;
  #sinceVacuum = { batches: 0, bytes: 0, atMs: -Infinity };

  constructor(pool: pg.Pool, newestLayout: number = LAYOUT, maxDelaySeconds = Infinity) {
    this.#pool = pool;
    this.#newestLayout = newestLayout;
    this.#maxDelaySeconds = maxDelaySeconds;
    this.view = new PendingView(
      pool,
      (table, batches) => this.#writeOut(table, batches, [this.#withClient]),
      newestLayout,
    );
  }

  async run(task: SettleTask): Promise<Omit<SettleAnswer & { outcome: 'done' }, 'outcome' | 'setAside'>> {
    switch (task.ask) {
      case 'pending':
        await this.view.look();
        return { pending: pack(this.view.table.hoursOf(task.services)) };
      case 'changed':
        await this.view.look();
        return { changed: this.view.takeTouched() };
      case 'settle':
        return { report: await this.#settleIfDue() };
      case 'alive':
        return {};
    }
  }

  /** Settles all that is pending now, unless somebody else is at it: then it resolves to undefined. */
  async settle(): Promise<SettleReport['settled']> {
    const client = await this.#pool.connect();
    let isSound = false;
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        `select pg_try_advisory_lock(${LOCK}) as locked`,
      );
      const isOurs = rows[0]?.locked === true;
      const settled = isOurs ? await this.#round(client) : undefined;
      // The server warns of an unlock of what somebody else holds, each second with several replicas.
      if (isOurs) await client.query(`select pg_advisory_unlock(${LOCK})`);
      isSound = true;
      return settled;
    } finally {
      // The lock belongs to the session: one of unknown state must not live on.
      client.release(!isSound);
    }
  }

  async #settleIfDue(): Promise<SettleReport> {
    if (!this.#isBegun) await takeBackReadable(this.#pool, this.#newestLayout);
    this.#isBegun = true;
    await this.view.look();
    const { batches, rows, bytes } = this.view.size;
    const isMuch = rows >= MUCH_ROWS || bytes >= MUCH_BYTES;
    const isDue = batches > 0 && (isMuch || performance.now() >= this.#restUntilMs);
    const settled = isDue ? await this.settle() : undefined;
    // Lets go of what was settled: it may be long until somebody asks again.
    if (settled !== undefined) await this.view.look();
    const { least } = await layoutsKnown(this.#pool);
    return {
      pending: this.view.size,
      layout: Math.min(least === 0 ? this.#newestLayout : least, this.#newestLayout),
      setAsideBatches: await countSetAside(this.#pool),
      ...(settled && { settled }),
    };
  }

  async #round(client: pg.PoolClient): Promise<NonNullable<SettleReport['settled']>> {
    const startedAtMs = performance.now();
    const before = this.#lookedAtSeconds - this.#maxDelaySeconds;
    this.#lookedAtSeconds = Date.now() / 1000;
    await this.view.look();
    const { table, batches } = this.view;
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
    const serviceNames = namesOf(table);
    const { all: seconds, before: lateSeconds } = table.countSeconds(before);
    await this.#writeOut(table, batches, [(work) => work(client), this.#withClient]);
    this.#vacuumIfDue(batches.length, bytes);
    const durationMs = performance.now() - startedAtMs;
    const pauseMs = Math.min(Math.max(SHORTEST_PAUSE_MS, PAUSE_PER_ROUND * durationMs), LONGEST_PAUSE_MS);
    this.#restUntilMs = performance.now() + pauseMs;
    return { serviceNames, batches: batches.length, bytes, durationMs, seconds, lateSeconds };
  }

  /** Adds what is in the table, as many buckets at once as there are connections, then deletes the batches. */
  async #writeOut(
    table: PendingTable,
    batches: readonly PendingBatch[],
    connections: readonly WithClient[],
  ): Promise<void> {
    const buckets = table.buckets();
    const addSome = async (withClient: WithClient) => {
      for (let next = buckets.pop(); next !== undefined; next = buckets.pop()) {
        const { bucket, columns } = next;
        await withClient((client) => addBucket(client, bucket, columns()));
      }
    };
    await Promise.all(connections.map(addSome));
    for (let at = 0; at < batches.length; at += BATCHES_A_DELETE) {
      await deletePending(this.#pool, batches.slice(at, at + BATCHES_A_DELETE));
    }
  }

  readonly #withClient: WithClient = async (work) => {
    const client = await this.#pool.connect();
    let isSound = false;
    try {
      await work(client);
      isSound = true;
    } finally {
      client.release(!isSound);
    }
  };

  #vacuumIfDue(batches: number, bytes: number): void {
    this.#sinceVacuum.batches += batches;
    this.#sinceVacuum.bytes += bytes;
    const nowMs = performance.now();
    if (this.#sinceVacuum.batches < VACUUM_BATCHES && this.#sinceVacuum.bytes < VACUUM_BYTES) return;
    if (nowMs - this.#sinceVacuum.atMs < VACUUM_EACH_MS) return;
    this.#sinceVacuum = { batches: 0, bytes: 0, atMs: nowMs };
    // Giving pages back to the disk would need a lock that flushes wait for. If it fails, the next one does it.
    this.#pool.query('vacuum (truncate off, skip_locked) pending_reports').catch(() => undefined);
  }
}

/** Has work done on a connection. */
type WithClient = (work: (client: pg.PoolClient) => Promise<void>) => Promise<void>;

/**
 * Transactions for one bucket: they need no other's rows, so those who add at once cannot wait for each other. Each has no
 * more hours than one statement can add in time, however long a history somebody sends: what took too long would be tried
 * again and again, with ever more beside it.
 */
async function addBucket(client: pg.PoolClient, bucket: number, hours: FoldedHours): Promise<void> {
  for (let at = 0; at < hours.hours.length; at += HOURS_A_STATEMENT) {
    const end = at + HOURS_A_STATEMENT;
    await inTransaction(client, async () => {
      await keepFromCheckpoints(client);
      await addObservations(client, bucket, {
        serviceNames: hours.serviceNames.slice(at, end),
        hours: hours.hours.slice(at, end),
        deploy: hours.deploy.slice(at, end),
        issue: hours.issue.slice(at, end),
      });
    });
  }
}

function namesOf(table: PendingTable): readonly string[] | 'all' {
  return table.services > MOST_NAMES ? 'all' : table.serviceNames();
}
