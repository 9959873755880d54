import type { ChangedKeys } from '../pipeline/topic.ts';

/**
 * What may have changed, by topic, gathered until it is looked at. A topic of which more than `maxKeys` keys changed
 * counts as changed altogether, so this stays small however much is said.
 */
export class ChangedTopics {
  readonly #maxKeys: number;
  #topics = new Map<string, Set<string> | 'all'>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  add(topic: string, keys: Iterable<string> | 'all'): void {
    const known = this.#topics.get(topic);
    if (known === 'all') return;
    if (keys === 'all') {
      this.#topics.set(topic, 'all');
      return;
    }
    const changed = known ?? new Set<string>();
    for (const key of keys) changed.add(key);
    if (changed.size > this.#maxKeys) this.#topics.set(topic, 'all');
    else if (changed.size > 0) this.#topics.set(topic, changed);
  }

  /** What changed of one topic, which is then forgotten here; undefined if nothing did. */
  take(topic: string): ChangedKeys | undefined {
    const keys = this.#topics.get(topic);
    this.#topics.delete(topic);
    return keys;
  }

  /** All that changed, which is then forgotten here. */
  takeAll(): Map<string, ChangedKeys> {
    const taken = this.#topics;
    this.#topics = new Map();
    return taken;
  }
}
