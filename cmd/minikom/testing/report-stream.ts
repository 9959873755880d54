import { EventEmitter, once } from 'node:events';

import { getJson, serviceAt } from './asking.ts';

/** What a request was told, and how long that took. */
export interface Told {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

/** Asks for a path and reads the answer. */
export async function ask(url: string, path: string, init: RequestInit = {}): Promise<Told> {
  const startedAtMs = performance.now();
  const response = await fetch(url + path, init);
  await response.arrayBuffer();
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, retryAfter, tookMs: performance.now() - startedAtMs };
}

/** Reports that the service was seen. */
export function report(url: string, serviceName: string): Promise<Told> {
  const body = JSON.stringify({ service_name: serviceName, state: 'deploy', timestamp: 1_700_000_000 });
  return ask(url, '/event', { method: 'POST', body });
}

/** The names of all services that the service at `url` knows. */
export async function storedNames(url: string): Promise<Set<string>> {
  return new Set(Object.keys((await getJson(serviceAt(url), '/services')) as object));
}

/** Reports ever new services, some at a time, until it is stopped, and keeps what was told of each. */
export class ReportStream {
  readonly told = new Map<string, Told>();
  readonly #url: string;
  readonly #news = new EventEmitter();
  readonly #senders: Promise<void>[];
  #sent = 0;
  #stopped = false;

  constructor(url: string, concurrency = 8) {
    this.#url = url;
    this.#senders = Array.from({ length: concurrency }, () => this.#send());
  }

  namesTold(status: number): string[] {
    return [...this.told].filter(([, told]) => told.status === status).map(([name]) => name);
  }

  /** Resolves after `count` more answers of that status. */
  async untilMore(count: number, status: number): Promise<void> {
    const enough = this.namesTold(status).length + count;
    while (this.namesTold(status).length < enough) await once(this.#news, 'told');
  }

  /** Sends no more; resolves when all is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#senders);
  }

  async #send(): Promise<void> {
    while (!this.#stopped) {
      const name = `service ${this.#sent++}`;
      this.told.set(name, await report(this.#url, name));
      this.#news.emit('told');
    }
  }
}
