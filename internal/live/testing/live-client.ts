import { EventEmitter, once } from 'node:events';

import { WebSocket, type ClientOptions } from 'ws';
import { z } from 'zod';

const message = z.strictObject({
  type: z.enum(['snapshot', 'change']),
  number: z.int(),
  now: z.number(),
  read_at: z.number(),
  topics: z.record(z.string(), z.array(z.tuple([z.string(), z.unknown()]))),
});

/** A message of `GET /live`. */
export type LiveMessage = z.output<typeof message>;

/** A client that follows what it is told, as the page does, and complains of a number that is missing. */
export class LiveClient {
  readonly messages: LiveMessage[] = [];
  readonly socket: WebSocket;
  readonly #topics = new Map<string, Map<string, unknown>>();
  readonly #news = new EventEmitter();
  fault: Error | undefined;

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/live`, protocols, options);
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('message', (data: Buffer) => {
      try {
        this.#take(message.parse(JSON.parse(data.toString())));
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.socket.on('close', () => this.#news.emit('news'));
  }

  /** The items of a topic as of the last message. */
  items(topic: string): ReadonlyMap<string, unknown> {
    return this.#topics.get(topic) ?? new Map();
  }

  /** Resolves as soon as `condition` holds; asked after each message. */
  async until(condition: (client: this) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.fault !== undefined) throw this.fault;
      if (this.socket.readyState === this.socket.CLOSED) throw new Error('the connection was closed');
      await once(this.#news, 'news');
    }
  }

  /** Resolves to the code with which the server closes. */
  async closed(): Promise<number> {
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === this.socket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }

  #take(next: LiveMessage): void {
    const last = this.messages.at(-1);
    if (next.type === 'snapshot') this.#topics.clear();
    else if (next.number !== (last?.number ?? NaN) + 1)
      throw new Error(`${next.number} after ${last?.number ?? 0}`);
    for (const [topic, pairs] of Object.entries(next.topics)) {
      const items = this.#topics.get(topic) ?? new Map<string, unknown>();
      this.#topics.set(topic, items);
      for (const [key, item] of pairs) {
        if (item === null) items.delete(key);
        else items.set(key, item);
      }
    }
    this.messages.push(next);
    this.#news.emit('news');
  }

  #fail(error: Error): void {
    this.fault ??= error;
    this.#news.emit('news');
  }
}
