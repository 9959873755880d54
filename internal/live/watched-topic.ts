import type { ChangedKeys, ItemJson, Topic } from '../pipeline/topic.ts';

/** A key and its item as JSON text; null if it is gone. */
export type Change = readonly [key: string, item: ItemJson | null];

// Reading takes at most this share of the time, however many items there are.
const READING_SHARE = 0.25;

/** One topic as it was last told to the watchers. */
export class WatchedTopic {
  readonly #topic: Topic;
  readonly #items = new Map<string, ItemJson>();
  #restUntilMs = -Infinity;

  constructor(topic: Topic) {
    this.#topic = topic;
  }

  get name(): string {
    return this.#topic.name;
  }

  get items(): ReadonlyMap<string, ItemJson> {
    return this.#items;
  }

  /** Whether it may be read again; after a long read it has to rest. Times are of a monotonic clock. */
  mayRead(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs;
  }

  /** See {@link Topic.due}. */
  due(nowSeconds: number): ChangedKeys {
    return this.#topic.due?.(nowSeconds) ?? new Set();
  }

  /** Reads what may have changed and returns what did. Rejects, having changed nothing, if it cannot be read. */
  async update(keys: ChangedKeys): Promise<Change[]> {
    const startedMs = performance.now();
    const now = await this.#topic.read(keys);
    const endedMs = performance.now();
    this.#restUntilMs = endedMs + (endedMs - startedMs) * (1 / READING_SHARE - 1);
    const changes: Change[] = [];
    for (const [key, item] of now) {
      if (this.#items.get(key) === item) continue;
      this.#items.set(key, item);
      changes.push([key, item]);
    }
    const asked = keys === 'all' ? this.#items.keys() : keys;
    for (const key of asked) {
      if (!now.has(key) && this.#items.delete(key)) changes.push([key, null]);
    }
    return changes;
  }

  /** Forgets all items: the next read tells all of them. */
  clear(): void {
    this.#items.clear();
  }
}
