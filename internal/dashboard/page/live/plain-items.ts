import type { TopicItems } from './follower.ts';

/** The items of a topic as they came, in the order in which their keys first did. */
export class PlainItems<Item> implements TopicItems {
  readonly items = new Map<string, Item>();
  /** Rises with each change. */
  version = 0;

  replace(items: readonly (readonly [key: string, item: unknown])[]): void {
    this.items.clear();
    for (const [key, item] of items) this.set(key, item);
    this.version++;
  }

  set(key: string, item: unknown): void {
    // The service's own description of the topic says of what shape it is: docs/live.md.
    this.items.set(key, item as Item);
    this.version++;
  }

  delete(key: string): void {
    this.items.delete(key);
    this.version++;
  }
}
