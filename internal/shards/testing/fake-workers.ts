import { EventEmitter, once } from 'node:events';

import { Lane, type LaneContext, type LaneLimits } from '../lane.ts';
import type { FlushResult, FlushTask } from '../protocol.ts';
import type { BatchKind } from '../sink.ts';
import { UnavailableError } from '../unavailable.ts';

export interface NumberColumns {
  readonly values: number[];
}

const numberBatches: BatchKind<NumberColumns> = {
  sink: 'numbers',
  maxInFlight: 1,
  emptyColumns: () => ({ values: [] }),
};

/** Far longer than any test, so that only what is tested ends a batch. */
const defaultLimits: LaneLimits = {
  batchSize: 100,
  flushIntervalMs: 0,
  flushTimeoutMs: 60_000,
  maxInFlight: 1,
};

/** Stands in for the workers of a shard: a flush ends when the test says so, the oldest first. */
export class FakeWorkers implements LaneContext {
  readonly room: { events: number };
  /** The flushes so far, and the values of each at that time. */
  readonly tasks: FlushTask[] = [];
  readonly batches: number[][] = [];
  /** What the lane told of ended batches. */
  readonly told: { readonly outcome: string; readonly events: number }[] = [];
  readonly #news = new EventEmitter();
  readonly #underWay: ((result: FlushResult) => void)[] = [];

  constructor(roomEvents = 1000) {
    this.room = { events: roomEvents };
  }

  flush(task: FlushTask): Promise<FlushResult> {
    this.tasks.push(task);
    this.batches.push([...(task.columns as NumberColumns).values]);
    this.#news.emit('flush');
    return new Promise((resolve) => this.#underWay.push(resolve));
  }

  onFlushed(result: FlushResult, events: number): void {
    this.told.push({ outcome: result.outcome, events });
  }

  onChanged(): void {
    // Its batches are of no topic.
  }

  get inFlight(): number {
    return this.#underWay.length;
  }

  commit(): void {
    this.#end({ outcome: 'committed', workerId: 1, attempts: 1 });
  }

  fail({ transient = true } = {}): void {
    this.#end({ outcome: 'failed', workerId: 1, attempts: 1, transient, message: 'told to' });
  }

  async untilFlushes(count: number): Promise<void> {
    while (this.batches.length < count) await once(this.#news, 'flush');
  }

  #end(result: FlushResult): void {
    const resolve = this.#underWay.shift();
    if (resolve === undefined) throw new Error('nothing is in flight');
    resolve(result);
  }
}

export function laneOf(workers: FakeWorkers, limits: Partial<LaneLimits> = {}): Lane<NumberColumns> {
  return new Lane(numberBatches, { ...defaultLimits, ...limits }, workers);
}

/** Appends the values as one request does, and resolves to what the request would be told. Throws as `append` does. */
export function append(lane: Lane<NumberColumns>, ...values: number[]): Promise<string> {
  const commits = lane.append(values.length, (columns, from, to) => {
    columns.values.push(...values.slice(from, to));
  });
  return Promise.all(commits.map(({ workerId }) => workerId)).then(
    () => 'committed',
    (error: unknown) => codeOf(error),
  );
}

/** Appends the values so that one batch takes them all, and resolves to what the request would be told. */
export function appendWhole(lane: Lane<NumberColumns>, ...values: number[]): Promise<string> {
  const { workerId } = lane.appendWhole(values.length, (columns) => columns.values.push(...values));
  return workerId.then(
    () => 'committed',
    (error: unknown) => codeOf(error),
  );
}

/** The code that an append is refused with. */
export function refusal(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return codeOf(error);
  }
  return 'taken';
}

function codeOf(error: unknown): string {
  return error instanceof UnavailableError ? error.code : String(error);
}
