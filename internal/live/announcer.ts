import type pg from 'pg';

import { withDeadline } from '../database/deadline.ts';
import type { Changes } from '../pipeline/topic.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toPayloads } from './announcement.ts';
import { ChangedTopics } from './changed-topics.ts';

/** The channel of PostgreSQL on which replicas tell each other what changed. */
export const CHANNEL = 'minikom_changes';

// As much as adds up in this time is told at once.
const GATHER_MS = 150;
const RETRY_MS = 1000;
const STOP_TIMEOUT_MS = 500;
// What does not fit into a few notifications is told as "all".
const MAX_KEYS = 5000;

/**
 * Tells all replicas, through NOTIFY, what this one's commits changed. What is said is gathered for a moment first:
 * a busy replica sends a handful of notifications a second, whatever it takes in.
 */
export class Announcer implements Changes {
  readonly #database: pg.Pool;
  readonly #logger: Logger;
  readonly #changed = new ChangedTopics(MAX_KEYS);
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #stopped = false;

  constructor(database: pg.Pool, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  say = (topic: string, keys: Iterable<string> | 'all'): void => {
    this.#changed.add(topic, keys);
    this.#sendAfter(GATHER_MS);
  };

  /** Tells what is left, and resolves when it is told or the database takes too long. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await withDeadline(this.#sendTheRest(), STOP_TIMEOUT_MS).catch(() => undefined);
  }

  async #sendTheRest(): Promise<void> {
    await this.#sending;
    if (!this.#changed.isEmpty) await this.#send();
  }

  #sendAfter(ms: number): void {
    if (this.#stopped || this.#sending !== undefined || this.#changed.isEmpty) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().then((wasSent) => {
        this.#sending = undefined;
        this.#sendAfter(wasSent ? GATHER_MS : RETRY_MS);
      });
    }, ms);
  }

  async #send(): Promise<boolean> {
    const changed = this.#changed.takeAll();
    const payloads = [...changed].flatMap(([topic, keys]) => toPayloads({ topic, keys }));
    try {
      // The notifications' own commit need not wait for the disk: in a crash, their listeners lose them as well.
      await this.#database.query({
        name: 'announce',
        text: `
          select set_config('synchronous_commit', 'off', true), pg_notify($1, payload)
          from unnest($2::text[]) as announced (payload)`,
        values: [CHANNEL, payloads],
      });
      return true;
    } catch (error) {
      this.#logger.warn({ error }, 'changes not announced');
      for (const [topic, keys] of changed) this.#changed.add(topic, keys);
      return false;
    }
  }
}
