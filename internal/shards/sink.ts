import type { ClientBase } from 'pg';

/**
 * Where the batches of one feature end: runs in a worker and writes a batch's columns inside one transaction.
 * A flush whose outcome was not seen is run again, so writing the same columns twice must change nothing.
 */
export interface Sink<Columns> {
  /** Names the sink in {@link FlushTask}; the feature's batch kind carries the same name. */
  readonly name: string;
  /** True if `write` issues exactly one statement: that is a transaction by itself and saves two round trips. */
  readonly singleStatement: boolean;
  /** What it resolves to is told to whoever gave the batch to a worker by hand: plain data. */
  write(client: ClientBase, columns: Columns): Promise<unknown>;
  /** Large buffers of the columns, which the worker lets go of once they are committed. */
  buffersOf?(columns: Columns): Iterable<ArrayBuffer>;
}

/** What the front door's side needs to know to gather batches for the sink of that name. */
export interface BatchKind<Columns> {
  readonly sink: string;
  /** Most batches of a shard's own lane that are given to workers at once. */
  readonly maxInFlight: number;
  /** Whether few events at a time may be gathered in one batch with those of other shards; see shard-lane.ts. */
  readonly mayShare?: boolean;
  emptyColumns(): Columns;
  /** Large buffers of the columns, which the front door's side lets go of once it is known what became of the batch. */
  buffersOf?(columns: Columns): Iterable<ArrayBuffer>;
  /** Where a batch changes what can be watched: the topic, and the keys of the items that it may change. */
  readonly changes?: { readonly topic: string; keysOf(columns: Columns): Iterable<string> };
}
