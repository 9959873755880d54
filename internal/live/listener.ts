import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import pg from 'pg';

import { clientOptions } from '../database/connection.ts';
import { KEEP_ALIVE_AFTER_MS } from '../database/pool.ts';
import { withDeadline } from '../database/deadline.ts';
import type { Logger } from '../telemetry/logger.ts';
import { fromPayload, type Announcement } from './announcement.ts';
import { CHANNEL } from './announcer.ts';

/** What a listener tells. */
export interface Told {
  readonly onAnnouncement: (announcement: Announcement) => void;
  /** Called when announcements may have been missed: at the start, and after the connection was lost. */
  readonly onGap: () => void;
}

export interface ListenerOptions extends Told {
  readonly connectionString: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Hears what replicas announce, over a connection of its own. It is made again, by `hear`, as often as it is lost.
 *
 *   closed ── hear ──▶ connecting ──▶ listening ── error, no answer, close ──▶ closed
 */
export class Listener {
  readonly #options: ListenerOptions;
  #client: pg.Client | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all that was announced before this call has been heard. Connects first where there is no
   * connection; rejects, and closes it, if the database does not answer in time.
   */
  async hear(): Promise<void> {
    try {
      // What was announced is sent ahead of an answer on the same connection.
      if (this.#client === undefined) await this.#connect();
      else await withDeadline(this.#client.query('select 1'), this.#options.timeoutMs);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Safe to call twice. */
  close(): void {
    const client = this.#client;
    this.#client = undefined;
    // It may hang as well, and nobody waits for it.
    client?.end().catch(() => undefined);
  }

  /**
   * Resolves once a notification of one's own came back. Through a pooler that shares sessions `listen` succeeds and
   * nothing is ever heard, which must not look as if nothing changed.
   */
  async #hearOneself(client: pg.Client): Promise<void> {
    const word = randomUUID();
    const heard = new Promise<void>((resolve) => {
      client.on('notification', ({ payload }) => {
        if (payload?.includes(word) === true) resolve();
      });
    });
    const echo = JSON.stringify({ topic: word, keys: [] });
    await client.query('select pg_notify($1, $2)', [CHANNEL, echo]);
    await heard;
  }

  async #connect(): Promise<void> {
    const { connectionString, timeoutMs, logger, onAnnouncement, onGap } = this.#options;
    const client = new pg.Client({
      ...clientOptions(connectionString),
      application_name: 'minikom live',
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    this.#client = client;
    const lose = () => {
      if (this.#client === client) this.close();
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ payload }) => {
      try {
        onAnnouncement(fromPayload(payload ?? ''));
      } catch (error) {
        // Somebody else used our channel; what it meant is not known.
        logger.warn({ error }, 'announcement not understood');
        onGap();
      }
    });
    // pg never settles a connect whose client is ended before the socket is there.
    const ended = once(client, 'end').then(() => {
      throw new Error('The connection was closed while it was made.');
    });
    await Promise.race([client.connect(), ended]);
    await client.query(`listen ${CHANNEL}`);
    await withDeadline(this.#hearOneself(client), timeoutMs);
    onGap();
  }
}
