import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { noFigures, type Client } from './client.ts';
import type { ClientTask, Settled } from './client-thread.ts';
import { Ledger } from './ledger.ts';
import type { LoadSource } from './load.ts';

/**
 * A client in a thread of its own, so that thousands of connections hold up neither what else the harness does, such as to
 * carry what the service says to PostgreSQL, nor the service. What it did is known once it has settled.
 */
export class ClientApart implements Client {
  readonly ledger = new Ledger();
  figures = noFigures();
  readonly #thread: Worker;
  readonly #source: LoadSource;

  constructor(task: ClientTask) {
    this.#source = task.load;
    this.#thread = new Worker(new URL('client-thread.js', import.meta.url), { workerData: task });
  }

  async settle(mostMs: number): Promise<void> {
    this.#thread.postMessage(mostMs);
    const [{ figures, acknowledged }] = (await once(this.#thread, 'message')) as [Settled];
    this.figures = figures;
    await this.#thread.terminate();
    await this.ledger.addRequests(this.#source, acknowledged);
  }
}
