/** The keys of a topic that may have changed: some, or any. */
export type ChangedKeys = ReadonlySet<string> | 'all';

/** An item as it goes to the watchers: JSON text. */
export type ItemJson = string;

/**
 * A set of items, each with a key, that can be watched through `GET /live`. Items are read anew when something said
 * that they changed; what is the same as before goes to nobody.
 */
export interface Topic {
  /** Its name in the messages of `GET /live`, and in {@link Changes.say}. */
  readonly name: string;
  /**
   * Reads items as they are now: those of `keys`, or all. A key that is asked for and not answered is gone; with 'all',
   * so is every key that is not answered. Rejects if they cannot be read now; it is asked again then.
   */
  read(keys: ChangedKeys): Promise<ReadonlyMap<string, ItemJson>>;
  /**
   * What may be different now only because time has passed: asked about four times a second, with the unix time in
   * seconds. Without this, items change only when it is said.
   */
  due?(nowSeconds: number): ChangedKeys;
}
/**
 * Where it is said that something may have changed, once that is committed. What is said reaches the watchers of all
 * replicas, soon after and together with what else changed; it is cheap enough to be said for every batch.
 */
export interface Changes {
  /** The items of `topic` with these keys, or any of them, may be different from now on. */
  say(topic: string, keys: Iterable<string> | 'all'): void;
}
