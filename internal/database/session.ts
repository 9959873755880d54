import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { clientOptions, settingStatement } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { KEEP_ALIVE_AFTER_MS } from './pool.ts';

export interface SessionOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** Bound of connecting, and of each statement. */
  readonly timeoutMs: number;
  /** What is done on each new connection once it hears, ahead of whatever is asked. */
  readonly onOpen?: (client: pg.Client) => Promise<void>;
}

/** Who hears a channel of PostgreSQL. */
export interface Hearer {
  readonly onPayload: (payload: string) => void;
  /** Called when something may have been missed: at the start, and after the connection was lost. */
  readonly onGap: () => void;
}

const FIRST_RETRY_MS = 50;
const RETRY_MS = 1000;
// The server notices within about eight seconds that this end is cut off. What is done here need not outlive a crash.
const settings = [
  ...['tcp_keepalives_idle=4', 'tcp_keepalives_interval=2', 'tcp_keepalives_count=2'],
  'synchronous_commit=off',
];

/**
 * One connection with a session of its own, which hears channels. It is made again, whenever it is wanted, as often as it
 * is lost, and by itself if it is kept open.
 *
 *   closed ── wanted ──▶ connecting ──▶ open ── error, no answer ──▶ closed
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #hearers = new Map<string, Hearer>();
  readonly #stop = new AbortController();
  /** The one that is open, or being opened. */
  #current: Connection | undefined;
  #open: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #keeping: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** From now on it is made again by itself. Resolves when it was tried for the first time. */
  async keepOpen(): Promise<void> {
    const first = this.#connected().catch(() => undefined);
    this.#keeping ??= this.#keepOpen();
    await first;
  }

  /** Rejects, and closes the connection, if the database does not answer in time. All that was notified before has been heard. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const connection = await this.#connected();
    try {
      // What was notified is sent ahead of an answer on the same connection.
      const { rows } = await withDeadline(
        connection.inTurn(() => connection.client.query<Row>(text, values)),
        this.#options.timeoutMs,
      );
      return rows;
    } catch (error) {
      this.#lose(connection);
      throw error;
    }
  }

  /** Has a channel heard, by one at a time, until what it returns is called. */
  hear(channel: string, hearer: Hearer): () => void {
    this.#hearers.set(channel, hearer);
    void (this.#open === undefined ? this.#opening : Promise.resolve(this.#open))
      ?.then(({ client, inTurn }) => inTurn(() => client.query(`listen ${channel}`)))
      .then(hearer.onGap, () => undefined);
    return () => {
      if (this.#hearers.get(channel) !== hearer) return;
      this.#hearers.delete(channel);
      const { client, inTurn } = this.#open ?? {};
      inTurn?.(() => Promise.resolve(client?.query(`unlisten ${channel}`))).catch(() => undefined);
    };
  }

  /** Ends it, whatever the database does. Safe to call twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#current !== undefined) this.#lose(this.#current);
    await this.#opening?.catch(() => undefined);
    await this.#keeping;
  }

  async #keepOpen(): Promise<void> {
    while (!this.#isStopped()) {
      const restMs = await this.#connected().then(
        ({ lost }) => lost.then(() => FIRST_RETRY_MS),
        () => RETRY_MS,
      );
      await pause(restMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #connected(): Promise<Connection> {
    if (this.#open !== undefined) return Promise.resolve(this.#open);
    return (this.#opening ??= this.#connect().finally(() => (this.#opening = undefined)));
  }

  #lose(connection: Connection): void {
    if (this.#open === connection) this.#open = undefined;
    connection.forget();
    // It may hang as well, and nobody waits for it.
    connection.client.end().catch(() => undefined);
  }

  async #connect(): Promise<Connection> {
    if (this.#isStopped()) throw new Error('The session is closed.');
    const { connectionString, applicationName, timeoutMs } = this.#options;
    const client = new pg.Client({
      ...clientOptions(connectionString),
      application_name: applicationName,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    let forget: () => void = () => undefined;
    const lost = new Promise<void>((resolve) => (forget = resolve));
    client.once('end', forget);
    client.on('error', () => undefined); // 'end' follows.
    client.on('notification', ({ channel, payload = '' }) => this.#hearers.get(channel)?.onPayload(payload));
    const connection = (this.#current = { client, lost, forget, inTurn: takeTurns() });
    // pg never settles a connect whose client is ended before the socket is there.
    const ended = lost.then(() => {
      throw new Error('The connection was closed while it was made.');
    });
    try {
      await Promise.race([this.#setUp(client), ended]);
    } catch (error) {
      this.#lose(connection);
      throw error;
    }
    this.#open = connection;
    void lost.then(() => this.#lose(connection));
    for (const { onGap } of this.#hearers.values()) onGap();
    return connection;
  }

  async #setUp(client: pg.Client): Promise<void> {
    const { timeoutMs, onOpen } = this.#options;
    await client.connect();
    await client.query(settingStatement(settings));
    await withDeadline(hearOneself(client), timeoutMs);
    for (const channel of this.#hearers.keys()) await client.query(`listen ${channel}`);
    await onOpen?.(client);
  }
}

/** Has work done one after the other, whatever becomes of it. */
function takeTurns(): Connection['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

interface Connection {
  readonly client: pg.Client;
  /** Resolves when it is lost or closed. */
  readonly lost: Promise<void>;
  readonly forget: () => void;
  /** A connection has one statement at a time. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Resolves once a notification of one's own came back. Through a pooler that shares sessions `listen` succeeds and
 * nothing is ever heard, which must not look as if nothing changed.
 */
async function hearOneself(client: pg.Client): Promise<void> {
  const channel = `minikom_echo_${randomUUID().replaceAll('-', '')}`;
  const heard = new Promise<void>((resolve) => {
    client.on('notification', (notification) => {
      if (notification.channel === channel) resolve();
    });
  });
  await client.query(`listen ${channel}`);
  await client.query(`notify ${channel}`);
  await heard;
  await client.query(`unlisten ${channel}`);
}
