import { setTimeout as pause } from 'node:timers/promises';

import { LogProcess } from '../program/log-process.ts';
import { residentMemory } from '../program/resident-memory.ts';

const main = new URL('../../cmd/minikom/main.js', import.meta.url);
const MOST_LINES = 500;
const EACH_MS = 10;
// Longer than it takes from a start to the first commit: a try that is given up costs another one's time.
const TRY_TIMEOUT_MS = 5000;
const probe = JSON.stringify({ service_name: 'chaos probe', state: 'deploy', timestamp: 1_600_000_000 });

/** As scripts/start.sh has it: see "Memory" in docs/operations.md. */
const asShipped = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '16777216',
};

/** The real service, in a process of its own, always on the same port. */
export class ServiceProcess {
  readonly url: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #nodeOptions: readonly string[];
  #process: LogProcess;

  constructor(
    port: number,
    environment: Readonly<Record<string, string>>,
    nodeOptions: readonly string[] = [],
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = { ...asShipped, ...environment, PORT: String(port) };
    this.#nodeOptions = nodeOptions;
    this.#process = this.another();
  }

  get process(): LogProcess {
    return this.#process;
  }

  /** Resident memory in MiB. Throws if it has ended. */
  get residentMebibytes(): number {
    return residentMemory(this.#process.pid).now;
  }

  /** Starts one more of the same, which is nobody's to watch but the caller's. */
  another(environment: Readonly<Record<string, string>> = {}): LogProcess {
    return new LogProcess(
      main,
      [],
      { ...this.#environment, ...environment },
      { mostLines: MOST_LINES, nodeOptions: this.#nodeOptions },
    );
  }

  /** Ends it by the signal, and starts it anew; resolves at the start to what it ended with. */
  async restart(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const ended = await this.#process.endBy(signal);
    this.#process = this.another();
    return ended;
  }

  /**
   * Resolves to how long it took from now until a report was taken and `/ready` was 200. Rejects after `mostMs`, or if the
   * process ends.
   */
  async untilServed(mostMs: number): Promise<number> {
    const startedAtMs = performance.now();
    for (;;) {
      const served = await Promise.all([
        answers200(`${this.url}/event`, probe),
        answers200(`${this.url}/ready`),
      ]);
      if (served.every(Boolean)) return performance.now() - startedAtMs;
      if (!this.#process.isRunning) {
        await this.#process.until(() => false); // Throws with its last words.
      }
      if (performance.now() - startedAtMs > mostMs) {
        const reason = await fetch(`${this.url}/ready`).then((answer) => answer.text(), String);
        throw new Error(`the service was not back after ${mostMs} ms: ${reason}\n${this.#process.lastWords}`);
      }
      await pause(EACH_MS);
    }
  }

  /** Ends it, if it still runs, as one asks it to; resolves to what it ended with. */
  stop(): Promise<number | NodeJS.Signals | null> {
    return this.#process.endBy('SIGTERM');
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    await this.#process.endBy('SIGKILL');
  }
}

async function answers200(url: string, body?: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      ...(body !== undefined && { method: 'POST', body }),
      signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
