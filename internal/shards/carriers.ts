import { NO_WORKER, type WorkerPool } from './pool.ts';
import type { FlushResult, FlushTask } from './protocol.ts';
import type { ShardLoad } from './shard-load.ts';

/** A shard, as one that may carry a batch for others. */
export interface Carrier {
  readonly load: ShardLoad;
  readonly pool: Pick<WorkerPool, 'flush' | 'isFailing' | 'batchesUnderWay'>;
}

// All shards have had their turns within so much of the time after which an idle worker ends.
const TURNS_SHARE = 0.8;

/**
 * The workers of all shards, for batches that may have events of several. A batch goes to one of its own shards that has
 * nothing under way, for a turn to the same one, then to the next; to another shard only if all its own are busy or fail. A
 * worker that has just flushed does it again at half the cost of one whose code and connection are cold, so turns are
 * long; but each shard has one before its workers are found idle.
 */
export class Carriers {
  readonly #carriers: readonly Carrier[];
  readonly #turnMs: number;
  readonly #nowMs: () => number;

  /** A worker that has nothing to do for `idleTimeoutMs` ends. */
  constructor(
    carriers: readonly Carrier[],
    idleTimeoutMs: number,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#carriers = carriers;
    this.#turnMs = (idleTimeoutMs * TURNS_SHARE) / carriers.length;
    this.#nowMs = nowMs;
  }

  /** As {@link WorkerPool.flush}, for a batch with events of `shards`. If a carrier loses its workers, another is tried. */
  async flush(task: FlushTask, shards: Pick<ReadonlySet<ShardLoad>, 'has'>): Promise<FlushResult> {
    const deadlineMs = this.#nowMs() + task.timeoutMs;
    const carrier = this.#choose(shards);
    const result = await carrier.pool.flush(task);
    if (result.outcome === 'committed' || result.workerId !== NO_WORKER) return result;
    const timeoutMs = deadlineMs - this.#nowMs();
    const other = this.#choose(shards);
    return other === carrier || timeoutMs <= 0 ? result : other.pool.flush({ ...task, timeoutMs });
  }

  #choose(shards: Pick<ReadonlySet<ShardLoad>, 'has'>): Carrier {
    const turn = Math.floor(this.#nowMs() / this.#turnMs) % this.#carriers.length;
    let chosen: Carrier | undefined;
    let least = Infinity;
    for (let index = 0; index < this.#carriers.length; index++) {
      const carrier = this.#carriers[(turn + index) % this.#carriers.length];
      if (carrier === undefined) continue;
      const reluctance = reluctanceOf(carrier, shards.has(carrier.load));
      if (reluctance < least) [chosen, least] = [carrier, reluctance];
    }
    if (chosen === undefined) throw new Error('there are no shards');
    return chosen;
  }
}

/** How little a carrier is wanted: first of all if it fails, then by what it has to do, then if no event is of its shard. */
function reluctanceOf({ pool }: Carrier, isConcerned: boolean): number {
  return (pool.isFailing ? 1e6 : 0) + 2 * pool.batchesUnderWay + (isConcerned ? 0 : 1);
}
