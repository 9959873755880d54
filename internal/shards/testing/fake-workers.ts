import { EventEmitter, once } from 'node:events';

import { Lane, type LaneContext, type LaneLimits } from '../flush.ts';
import { type BatchKind, type Commit, ShardLoad } from '../queue.ts';
import { WayIn } from '../shards.ts';
import type { FlushResult, FlushTask } from '../worker.ts';
import { UnavailableError } from '../unavailable.ts';

export interface NumberColumns {
  readonly values: number[];
}

const numberBatches: BatchKind<NumberColumns> = {
  sink: 'numbers',
  maxInFlight: 1,
  emptyColumns: () => ({ values: [] }),
};

const committed: FlushResult = { outcome: 'committed', workerId: 1, attempts: 1 };

/** Far longer than any test, so that only what is tested ends a batch. */
const defaultLimits: LaneLimits = {
  batchSize: 100,
  flushIntervalMs: 0,
  flushTimeoutMs: 60_000,
  maxInFlight: 1,
  patienceMs: 0,
};

/** Stands in for the workers of a shard: a flush ends when the test says so, the oldest first. */
export class FakeWorkers implements LaneContext {
  /** Of their shard. */
  readonly load: ShardLoad;
  isFailing = false;
  /** What the shard was told of ended batches. */
  readonly counted: number[] = [];
  /** The flushes so far, and the values of each at that time. */
  readonly tasks: FlushTask[] = [];
  readonly batches: number[][] = [];
  /** What the lane told of ended batches. */
  readonly told: { readonly outcome: string; readonly events: number }[] = [];
  readonly #news = new EventEmitter();
  readonly #underWay: ((result: FlushResult) => void)[] = [];

  constructor(roomEvents = 1000) {
    this.load = new ShardLoad(roomEvents, (_, events) => this.counted.push(events));
  }

  flush(task: FlushTask): Promise<FlushResult> {
    this.tasks.push(task);
    this.batches.push([...(task.columns as NumberColumns).values]);
    this.#news.emit('flush');
    return new Promise((resolve) => this.#underWay.push(resolve));
  }

  onFlushed(result: FlushResult, { events }: { readonly events: number }): void {
    this.told.push({ outcome: result.outcome, events });
  }

  get inFlight(): number {
    return this.#underWay.length;
  }

  commit(): void {
    this.#end(this.#underWay.shift(), committed);
  }

  commitNewest(): void {
    this.#end(this.#underWay.pop(), committed);
  }

  fail({ transient = true } = {}): void {
    const result = { outcome: 'failed', workerId: 1, attempts: 1, transient, message: 'told to' } as const;
    this.#end(this.#underWay.shift(), result);
  }

  async untilFlushes(count: number): Promise<void> {
    while (this.batches.length < count) await once(this.#news, 'flush');
  }

  #end(resolve: ((result: FlushResult) => void) | undefined, result: FlushResult): void {
    if (resolve === undefined) throw new Error('nothing is in flight');
    resolve(result);
  }
}

/** A lane, and how the events of one shard get there. */
export interface TestLane extends Pick<Lane<NumberColumns>, 'onCommitted' | 'stop'> {
  readonly lane: Lane<NumberColumns>;
  readonly entry: WayIn<NumberColumns>;
  hasRoom(events: number): boolean;
  refuseWhile(reason: () => string | undefined): void;
}

export function laneOf(
  workers: FakeWorkers,
  limits: Partial<LaneLimits> = {},
  kind: Partial<BatchKind<NumberColumns>> = {},
): TestLane {
  const lane = new Lane({ ...numberBatches, ...kind }, { ...defaultLimits, ...limits }, workers);
  const entry = new WayIn(workers.load, workers, lane.queue);
  return {
    lane,
    entry,
    hasRoom: (events) => refusal(() => entry.requireRoom(events)) === 'taken',
    refuseWhile: (reason) => lane.queue.refuseWhile(reason),
    onCommitted: (watcher) => lane.onCommitted(watcher),
    stop: () => lane.stop(),
  };
}

/**
 * Appends the values of one request one by one, if there is room for all, and resolves to what the request would be told.
 * Throws as `append` does.
 */
export function append({ entry }: Pick<TestLane, 'entry'>, ...values: number[]): Promise<string> {
  entry.requireRoom(values.length);
  return toldOf(values.map((value) => entry.append(1, (columns) => columns.values.push(value))));
}

/** Appends the values so that one batch takes them all, and resolves to what the request would be told. */
export function appendWhole({ entry }: Pick<TestLane, 'entry'>, ...values: number[]): Promise<string> {
  return toldOf([entry.append(values.length, (columns) => columns.values.push(...values))]);
}

function toldOf(commits: readonly Commit[]): Promise<string> {
  return Promise.all(commits.map(({ committedBy }) => committedBy)).then(
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
