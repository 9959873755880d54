import type { LiveMessage } from './message.ts';

/** The items of one topic, which a message may change. */
export interface TopicItems {
  /** Takes these, a snapshot's, in place of all that there are. */
  replace(items: readonly (readonly [key: string, item: unknown])[]): void;
  set(key: string, item: unknown): void;
  delete(key: string): void;
}

/** Follows the messages of one connection: keeps the items of the topics as the service has them. */
export class Follower {
  readonly #topics: Readonly<Record<string, TopicItems>>;
  #number: number | undefined;

  constructor(topics: Readonly<Record<string, TopicItems>>) {
    this.#topics = topics;
  }

  /** Takes a message over. False if one before it was missed, and a snapshot is to be asked for. */
  take(message: LiveMessage): boolean {
    const isSnapshot = message.type === 'snapshot';
    if (!isSnapshot && message.number !== (this.#number ?? NaN) + 1) {
      this.#number = undefined;
      return false;
    }
    this.#number = message.number;
    Object.entries(this.#topics).forEach(([name, items]) => {
      const told = message.topics[name] ?? [];
      if (isSnapshot) items.replace(told);
      else
        told.forEach(([key, item]) => {
          if (item === null) items.delete(key);
          else items.set(key, item);
        });
    });
    return true;
  }
}
