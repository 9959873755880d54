import type { Commit } from './batch.ts';
import type { Lane } from './lane.ts';
import type { WorkerPool } from './pool.ts';
import type { ShardLoad } from './shard-load.ts';

// From this many events on a shard's own batch is as cheap as a shared one, and another worker can do it meanwhile.
const OWN_LANE_EVENTS = 1000;
// A shard that committed nothing for this long is at rest, or its workers have yet to start: they are the ones to begin.
const AT_REST_MS = 1000;

/**
 * The way in for the events of one shard: to its own lane or, when they are few and the shard is busy, to the lane that all
 * shards share, if there is one. A flush costs several switches between threads and processes however little it carries,
 * and five shards that get a few single reports each would pay five times as many.
 */
export class ShardLane<Columns> {
  readonly #load: ShardLoad;
  readonly #workers: Pick<WorkerPool, 'isFailing'>;
  readonly #own: Lane<Columns>;
  readonly #shared: Lane<Columns> | undefined;

  /** `workers` are the shard's own. */
  constructor(
    load: ShardLoad,
    workers: Pick<WorkerPool, 'isFailing'>,
    own: Lane<Columns>,
    shared?: Lane<Columns>,
  ) {
    this.#load = load;
    this.#workers = workers;
    this.#own = own;
    this.#shared = shared;
  }

  /** As {@link Lane.requireRoom}. */
  requireRoom(events: number): void {
    this.#own.requireRoom(this.#load, events);
  }

  /** As {@link Lane.append}. */
  append(events: number, write: (columns: Columns, from: number, to: number) => void): Commit[] {
    return this.#laneFor(events).append(this.#load, events, write);
  }

  /** As {@link Lane.appendWhole}. */
  appendWhole(events: number, write: (columns: Columns) => void): Commit {
    return this.#laneFor(events).appendWhole(this.#load, events, write);
  }

  #laneFor(events: number): Lane<Columns> {
    if (this.#shared === undefined || events >= OWN_LANE_EVENTS) return this.#own;
    const isAtRest = performance.now() - this.#load.committedAtMs > AT_REST_MS;
    // While its workers fail, a shard finds out by itself when they work again, and is no burden to others.
    return isAtRest || this.#workers.isFailing ? this.#own : this.#shared;
  }
}
