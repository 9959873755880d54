import { setTimeout as pause } from 'node:timers/promises';

export interface OutboxOptions<Item> {
  /** Resolves when the item is committed; rejects if that is not known. Committing again must change nothing. */
  readonly commit: (item: Item) => Promise<void>;
  /** Whether it is too late for an item. */
  readonly isStale: (item: Item) => boolean;
  /** Beyond so many that wait, the oldest go. */
  readonly maxItems: number;
  readonly retryMs: number;
  /** Told how many items were given up. */
  readonly onDropped: (items: number) => void;
}

/**
 * Items on their way to the database. What could not be committed is tried again while it is not too late, and nobody
 * waits for that. While it holds, what is added waits: it is not known yet whether it shall be committed at all.
 */
export class Outbox<Item> {
  readonly #options: OutboxOptions<Item>;
  readonly #stop = new AbortController();
  #waiting: Item[] = [];
  #holding = false;
  #draining: Promise<void> | undefined;

  constructor(options: OutboxOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting.push(item);
    this.#bound();
    this.#drain();
  }

  hold(): void {
    this.#holding = true;
  }

  release(): void {
    this.#holding = false;
    this.#drain();
  }

  /** Forgets what waits while it holds, and holds no longer. */
  drop(): void {
    this.#waiting = [];
    this.#holding = false;
  }

  /** Takes nothing more, tries once more what waits, and resolves when nothing is under way. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#draining;
    if (!this.#holding) await this.#commitAll();
    this.#giveUp(this.#waiting.length);
    this.#waiting = [];
  }

  #drain(): void {
    this.#draining ??= this.#commitAgainAndAgain().finally(() => {
      this.#draining = undefined;
      // Something may have been added since it looked last.
      if (this.#isDue()) this.#drain();
    });
  }

  #isDue(): boolean {
    return this.#waiting.length > 0 && !this.#holding && !this.#stop.signal.aborted;
  }

  async #commitAgainAndAgain(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#isDue()) {
      if (await this.#commitAll()) continue;
      await pause(this.#options.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether all that waited is committed or given up. */
  async #commitAll(): Promise<boolean> {
    const items = this.#waiting;
    this.#waiting = [];
    const ends = await Promise.allSettled(items.map(async (item) => this.#options.commit(item)));
    const left = items.filter((_, index) => ends[index]?.status === 'rejected');
    const fresh = left.filter((item) => !this.#options.isStale(item));
    this.#giveUp(left.length - fresh.length);
    this.#waiting.unshift(...fresh);
    this.#bound();
    return fresh.length === 0;
  }

  #bound(): void {
    const excess = this.#waiting.length - this.#options.maxItems;
    if (excess > 0) this.#giveUp(this.#waiting.splice(0, excess).length);
  }

  #giveUp(items: number): void {
    if (items > 0) this.#options.onDropped(items);
  }
}
