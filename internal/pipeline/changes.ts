/**
 * Where it is said that something may have changed, once that is committed. What is said reaches the watchers of all
 * replicas, soon after and together with what else changed; it is cheap enough to be said for every batch.
 */
export interface Changes {
  /** The items of `topic` with these keys, or any of them, may be different from now on. */
  say(topic: string, keys: Iterable<string> | 'all'): void;
}
