import type pg from 'pg';

import { LAYOUT, MalformedRows, storedRows } from '../reports/report-rows.ts';
import {
  layoutsKnown,
  listPending,
  readPending,
  setAside,
  UNKNOWN_LAYOUT,
  type PendingBatch,
} from './pending.ts';
import { PendingTable } from './pending-table.ts';

/** A batch that nobody could read, which lies in unreadable_reports now. */
export interface SetAside {
  readonly batchId: number;
  readonly bytes: number;
  readonly reason: string;
}

/** Services whose names are worth telling to another thread. */
export const MOST_NAMES = 5000;
// Read at once: it is held as bytes until it is folded.
const BYTES_A_READ = 4 * 2 ** 20;
const BATCHES_A_READ = 2000;
// Hours of services in the table: each takes half a kilobyte and more. A million services fit, so that a round merges what
// each of them reported since the last one; the heap of the thread is set by it.
const MOST_HOURS = 1_000_000;

/**
 * What is pending, as of the last look: a copy of the table `pending_reports`, folded. A look lists the batches and reads
 * those that are new, so that following what comes in costs each batch once. Batches that were settled meanwhile do no
 * harm, as their seconds are in the observations as well; once most of the copy is of that kind it is made anew.
 */
export class PendingView {
  readonly #database: Pick<pg.Pool, 'query'>;
  /** The newest layout that is read here. */
  readonly #newestLayout: number;
  /** The batches in the table. */
  readonly #known = new Map<number, PendingBatch>();
  readonly #setAside: SetAside[] = [];
  readonly #writeOut: (table: PendingTable, batches: readonly PendingBatch[]) => Promise<void>;
  #table = new PendingTable();
  /** Undefined while nobody wants to know them, or there are too many. */
  #touched: Set<string> | undefined;
  #listed: readonly PendingBatch[] = [];
  #look: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;

  /** `writeOut` settles what is in the table, where that gets too large to be held. */
  constructor(
    database: Pick<pg.Pool, 'query'>,
    writeOut: (table: PendingTable, batches: readonly PendingBatch[]) => Promise<void>,
    newestLayout: number = LAYOUT,
  ) {
    this.#database = database;
    this.#writeOut = writeOut;
    this.#newestLayout = newestLayout;
  }

  /** As of the last look. */
  get table(): PendingTable {
    return this.#table;
  }

  /** The batches that were pending at the last look and are in the table. */
  get batches(): PendingBatch[] {
    return this.#listed.filter(({ batchId }) => this.#known.has(batchId));
  }

  /** How much was pending at the last look. */
  get size(): { batches: number; rows: number; bytes: number } {
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    return {
      batches: this.#listed.length,
      rows: sum(this.#listed.map(({ rows }) => rows)),
      bytes: sum(this.#listed.map(({ bytes }) => bytes)),
    };
  }

  /**
   * The names of services in what was read since this was last asked; 'all' the first time, and if there were more than
   * are worth naming.
   */
  takeTouched(): readonly string[] | 'all' {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched === undefined ? 'all' : [...touched];
  }

  /** What was set aside since this was last asked. */
  takeSetAside(): SetAside[] {
    return this.#setAside.splice(0);
  }

  /**
   * Looks at what is pending: resolves once all that was committed before this call is in the table, or in the
   * observations. All who ask while a look is under way share the next one.
   */
  look(): Promise<void> {
    if (this.#look === undefined) return this.#begin();
    return (this.#nextLook ??= this.#look
      .catch(() => undefined)
      .then(() => {
        this.#nextLook = undefined;
        // Whichever it is, it began after all of them had asked.
        return this.#look ?? this.#begin();
      }));
  }

  #begin(): Promise<void> {
    const look = this.#lookOnce().finally(() => {
      if (this.#look === look) this.#look = undefined;
    });
    this.#look = look;
    return look;
  }

  async #lookOnce(): Promise<void> {
    this.#listed = await listPending(this.#database);
    const listed = new Set(this.#listed.map(({ batchId }) => batchId));
    let gone = 0;
    for (const batchId of this.#known.keys()) if (!listed.has(batchId)) gone++;
    const isLeft = this.#listed.length === 0 && !this.#table.isNew;
    if (isLeft || (gone > 0 && 2 * gone >= this.#known.size)) this.#clear();
    const missing = this.#listed.filter(({ batchId }) => !this.#known.has(batchId));
    for (const some of inParts(missing)) {
      await this.#read(some);
      if (this.#table.size <= MOST_HOURS) continue;
      await this.#writeOut(this.#table, [...this.#known.values()]);
      this.#clear();
    }
  }

  #clear(): void {
    this.#known.clear();
    // Where nothing is pending nobody may come for long: nothing is kept for those who did.
    this.#table = this.#listed.length === 0 ? new PendingTable() : this.#table.cleared();
  }

  async #read(batches: readonly PendingBatch[]): Promise<void> {
    const byId = new Map(batches.map((batch) => [batch.batchId, batch]));
    for (const { batchId, reports } of await readPending(this.#database, batches)) {
      const batch = byId.get(batchId);
      if (batch === undefined) continue;
      const reason = await this.#add(reports);
      if (reason === undefined) {
        this.#known.set(batchId, batch);
        continue;
      }
      await setAside(this.#database, batch, reports, reason);
      this.#setAside.push({ batchId, bytes: reports.length, reason });
    }
  }

  /** Folds a batch into the table; returns why it cannot be read, by anybody, if it cannot. */
  async #add(reports: Buffer): Promise<string | undefined> {
    const layout = reports[0] ?? 0;
    if (layout > this.#newestLayout) {
      // Of a later version of the program: if one is there, it settles this within a second or so.
      const { most } = await layoutsKnown(this.#database);
      if (most >= layout) throw new LaterLayoutError(layout);
      return UNKNOWN_LAYOUT;
    }
    try {
      this.#table.add(storedRows(reports), this.#touched);
      if ((this.#touched?.size ?? 0) > MOST_NAMES) this.#touched = undefined;
      return undefined;
    } catch (error) {
      if (error instanceof MalformedRows) return error.message;
      throw error;
    }
  }
}

/** A batch is in a layout that only a later version of the program reads, which is there and will settle it. */
export class LaterLayoutError extends Error {
  override readonly name = 'LaterLayoutError';

  constructor(layout: number) {
    super(`reports are pending in layout ${layout}, which a later version of the program settles`);
  }
}

function* inParts(batches: readonly PendingBatch[]): Generator<PendingBatch[]> {
  let part: PendingBatch[] = [];
  let bytes = 0;
  for (const batch of batches) {
    if (part.length > 0 && (bytes + batch.bytes > BYTES_A_READ || part.length === BATCHES_A_READ)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(batch);
    bytes += batch.bytes;
  }
  if (part.length > 0) yield part;
}
