import { DeadlineError, withDeadline } from './deadline.ts';

// Orchestrators give a probe a second or so.
const ANSWER_WITHIN_MS = 1000;
const TRY_EACH_MS = 1000;

/**
 * Whether something works, for all who want to know: it is tried once a second at most, and by one at a time. What fails
 * does not work. What is slow does for a short while, if it did the last time: under load it may take longer than those who
 * ask want to wait, and who asks seldom is not to be told more of it than who asks often.
 */
export class Probe {
  readonly #attempt: () => Promise<unknown>;
  readonly #patienceMs: number;
  readonly #now: () => number;
  #trying: Promise<unknown> | undefined;
  /** When the last try that went well began. */
  #workedAtMs = -Infinity;
  /** When the try that is under way began. */
  #beganAtMs = -Infinity;
  #hasFailed = false;

  /** `attempt` settles some time, whatever happens; it may be slow for `patienceMs`. `now` is in milliseconds. */
  constructor(attempt: () => Promise<unknown>, patienceMs: number, now = () => performance.now()) {
    this.#attempt = attempt;
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  /** Resolves if it works; rejects with what is wrong. */
  async check(): Promise<void> {
    if (this.#now() - this.#workedAtMs < TRY_EACH_MS) return;
    const trying = (this.#trying ??= this.#try());
    // Who comes first waits for the first try: there is nothing else to go by.
    const waitMs = this.#workedAtMs === -Infinity ? this.#patienceMs : ANSWER_WITHIN_MS;
    try {
      await withDeadline(trying, waitMs);
    } catch (error) {
      const isSlow = error instanceof DeadlineError && this.#trying === trying;
      if (!isSlow || this.#hasFailed || this.#now() - this.#beganAtMs >= this.#patienceMs) throw error;
    }
  }

  async #try(): Promise<void> {
    this.#beganAtMs = this.#now();
    try {
      await this.#attempt();
      this.#workedAtMs = this.#beganAtMs;
      this.#hasFailed = false;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      this.#trying = undefined;
    }
  }
}
