import { EventEmitter, once } from 'node:events';

import type pg from 'pg';

import type { FlushContext, FlushTask, Sink } from '../worker.ts';

/** What a write of the fake sink comes to; the last one given is repeated. */
export type Ending = 'committed' | Error | typeof never;

/** A write that goes on until {@link FakePool.end}. */
export const never = Symbol('never');

/** A pool of connections to nowhere, which records what becomes of them. */
export class FakePool {
  readonly releases: ('kept' | 'closed')[] = [];
  readonly pauses: number[] = [];
  /** Thrown by the next attempts to connect, one each. */
  readonly refusals: Error[] = [];
  writes = 0;
  readonly sinks = new Map<string, Sink<unknown>>();
  readonly #news = new EventEmitter();
  #held: Promise<void> = Promise.resolve();
  #end: (error: Error) => void = () => undefined;

  get context(): FlushContext {
    return {
      // Of a connection, a flush itself uses only `release`, hears its notices and ends its socket; the rest goes to the sink.
      pool: { connect: () => this.#connect() } as unknown as FlushContext['pool'],
      sinks: this.sinks,
      pause: (ms) => {
        this.pauses.push(ms);
        return Promise.resolve();
      },
    };
  }

  /** From now on connections are made only once the returned function is called. */
  holdConnections(): () => void {
    let connected: () => void = () => undefined;
    this.#held = new Promise((resolve) => (connected = resolve));
    return connected;
  }

  /** Ends the write that never ends. */
  end(error: Error): void {
    this.#end(error);
  }

  write(ending: Ending): Promise<void> {
    this.writes++;
    if (ending === 'committed') return Promise.resolve();
    if (ending === never) return new Promise((_, reject) => (this.#end = reject));
    return Promise.reject(ending);
  }

  async untilReleases(count: number): Promise<void> {
    while (this.releases.length < count) await once(this.#news, 'release');
  }

  async #connect(): Promise<Pick<pg.PoolClient, 'release'>> {
    await this.#held;
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    let released = false;
    return Object.assign(new EventEmitter(), {
      connection: { stream: { destroy: () => undefined } },
      release: (close?: Error | boolean) => {
        if (released)
          throw new Error('Release called on client which has already been released to the pool.');
        released = true;
        this.releases.push(close === undefined || close === false ? 'kept' : 'closed');
        this.#news.emit('release');
      },
    });
  }
}

/** Gives the pool's context a sink whose writes end as told, one after the other, and makes tasks for it. */
export function sinkOf(pool: FakePool, ...endings: Ending[]): { task(timeoutMs: number): FlushTask } {
  const name = 'fake';
  pool.sinks.set(name, {
    name,
    singleStatement: true,
    write: () => pool.write(endings[Math.min(pool.writes, endings.length - 1)] ?? 'committed'),
  });
  return { task: (timeoutMs) => ({ sink: name, columns: [], timeoutMs }) };
}
