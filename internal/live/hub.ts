import { setTimeout as pause } from 'node:timers/promises';

import type { Topic } from '../pipeline/topic.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ChangedTopics } from './changed-topics.ts';
import type { Listener, Told } from './listener.ts';
import { toMessage } from './messages.ts';
import { WatchedTopic, type Change } from './watched-topic.ts';
import type { Watcher } from './watcher.ts';

/** How a hub hears what changed. */
export type Ear = Pick<Listener, 'hear' | 'close'>;

export interface HubOptions {
  readonly topics: readonly Topic[];
  /** Makes the connection to the replicas' announcements. */
  readonly listen: (told: Told) => Ear;
  /** The server's clock in unix seconds. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly timing?: HubTiming;
}

/** How often a hub does what, in milliseconds. */
export interface HubTiming {
  readonly turnMs: number;
  /** A client that hears nothing for a few seconds takes its connection for lost. */
  readonly speakEachMs: number;
  readonly pingEachMs: number;
  /** A page that is loaded again comes back within this: what is known is kept for it. */
  readonly keepUnwatchedMs: number;
}

const defaultTiming: HubTiming = {
  turnMs: 250,
  speakEachMs: 1000,
  pingEachMs: 15_000,
  keepUnwatchedMs: 10_000,
};

// More keys than this are read as all of the topic.
const MAX_KEYS = 20_000;

/**
 * Tells the watchers of this replica what is and what changes. While somebody watches it takes turns: hear what was
 * announced, read what may have changed, tell what did. While nobody does it rests, and costs nothing.
 *
 *   resting ── add ──▶ taking turns ── nobody watches for a while, or stop ──▶ resting
 *
 * A turn that cannot read (the database is away) tells the old time of `read_at`, and reads again the next time.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #topics: readonly WatchedTopic[];
  readonly #watchers = new Set<Watcher>();
  readonly #changed = new ChangedTopics(MAX_KEYS);
  readonly #stop = new AbortController();
  #turns: Promise<void> | undefined;
  #ear: Ear | undefined;
  #number = 0;
  /** When all that was told was last known to be true; undefined until all was read once. */
  #readAt: number | undefined;
  #isFailing = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#topics = options.topics.map((topic) => new WatchedTopic(topic));
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** From now on the watcher is told, until it is removed: first a snapshot, as soon as there is one. */
  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
    if (!this.#stop.signal.aborted) this.#turns ??= this.#takeTurns();
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Says goodbye to all watchers and resolves when no turn is taken any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    // What it waits for ends by that.
    this.#ear?.close();
    for (const watcher of this.#watchers) watcher.close();
    await this.#turns;
  }

  /** Ends the connections that are still there. */
  drop(): void {
    for (const watcher of this.#watchers) watcher.drop();
  }

  async #takeTurns(): Promise<void> {
    const timing = this.#options.timing ?? defaultTiming;
    const ear = (this.#ear = this.#options.listen({
      onAnnouncement: ({ topic, keys }) => this.#changed.add(topic, keys),
      onGap: () => {
        for (const { name } of this.#topics) this.#changed.add(name, 'all');
      },
    }));
    // Watchers are told that nothing changed as well, also while a turn waits for the database.
    const speaking = setInterval(() => this.#tell([], true), timing.speakEachMs);
    const pinging = setInterval(() => this.#ping(), timing.pingEachMs);
    let watchedAtMs = performance.now();
    while (!this.#stop.signal.aborted && this.#isWatched(watchedAtMs, timing)) {
      const startedMs = performance.now();
      if (this.#watchers.size > 0) watchedAtMs = startedMs;
      this.#tell(await this.#readChanges(ear), false);
      const restMs = Math.max(0, timing.turnMs - (performance.now() - startedMs));
      await pause(restMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    clearInterval(speaking);
    clearInterval(pinging);
    ear.close();
    this.#rest();
  }

  #isWatched(watchedAtMs: number, { keepUnwatchedMs }: HubTiming): boolean {
    return this.#watchers.size > 0 || performance.now() - watchedAtMs < keepUnwatchedMs;
  }

  #ping(): void {
    for (const watcher of this.#watchers) watcher.ping();
  }

  #rest(): void {
    this.#turns = undefined;
    this.#readAt = undefined;
    this.#changed.takeAll();
    for (const topic of this.#topics) topic.clear();
    // Somebody may have come while the last turn ended.
    if (this.#watchers.size > 0 && !this.#stop.signal.aborted) this.#turns = this.#takeTurns();
  }

  async #readChanges(ear: Ear): Promise<[topic: string, changes: Change[]][]> {
    const heardAt = this.#options.now();
    const changes: [string, Change[]][] = [];
    let isAllRead = true;
    try {
      await ear.hear();
      for (const topic of this.#topics) {
        this.#changed.add(topic.name, topic.due(this.#options.now()));
        const keys = this.#changed.take(topic.name);
        if (keys === undefined) continue;
        try {
          if (topic.mayRead(performance.now())) {
            changes.push([topic.name, await topic.update(keys)]);
          } else {
            this.#changed.add(topic.name, keys);
            isAllRead = false;
          }
        } catch (error) {
          this.#changed.add(topic.name, keys);
          throw error;
        }
      }
      if (isAllRead) this.#readAt = heardAt;
      this.#isFailing = false;
    } catch (error) {
      // Once, not four times a second for as long as it lasts.
      if (!this.#isFailing) this.#options.logger.warn({ error }, 'changes cannot be read');
      this.#isFailing = true;
    }
    return changes;
  }

  #tell(
    changes: readonly (readonly [topic: string, changes: readonly Change[]])[],
    speaksAnyway: boolean,
  ): void {
    if (this.#readAt === undefined) return;
    const told = changes.filter(([, items]) => items.length > 0);
    const head = { now: this.#options.now(), readAt: this.#readAt };
    let change: Buffer | undefined;
    if (told.length > 0 || speaksAnyway) {
      change = toMessage('change', { number: ++this.#number, ...head }, told);
    }
    let snapshot: Buffer | undefined;
    const makeSnapshot = () =>
      (snapshot ??= toMessage(
        'snapshot',
        { number: this.#number, ...head },
        this.#topics.map(({ name, items }) => [name, items]),
      ));
    for (const watcher of this.#watchers) watcher.send(makeSnapshot, change);
  }
}
