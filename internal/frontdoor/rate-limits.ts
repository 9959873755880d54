import type { IncomingMessage } from 'node:http';

import { digestOf } from '../config/tokens.ts';
import { tokensOf, type Guard } from './guard.ts';
import { Problem } from './problem.ts';
import type { Proxies } from './proxies.ts';

/** What one caller may send in a second; undefined: as much as it likes. */
export interface Rates {
  readonly eventsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

export interface RateLimitsOptions extends Rates {
  readonly guard: Guard;
  readonly proxies: Proxies;
  /** A clock in milliseconds that never jumps. */
  readonly nowMs?: () => number;
}

// What may be sent at once, if nothing was sent for as long before.
const BURST_MS = 1000;
const kinds = ['events', 'bytes'] as const;
type Kind = (typeof kinds)[number];
const MOST_KEPT = 10_000;

/**
 * How much each caller may send: by its token where writing needs one, else by its address. How much a request holds is known
 * once it is read, and a body of 15,000 events is one request: so whatever comes is taken whole, and who has sent more than
 * its share is refused until the rest of the time has passed. Libraries count requests in windows, which forget what
 * was too much at their end.
 */
export class RateLimits {
  readonly #options: RateLimitsOptions;
  readonly #nowMs: () => number;
  /** For each kind and caller the time by which what it has sent is within its share. */
  readonly #paidMs = new Map<string, number>();

  constructor(options: RateLimitsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Throws 429 with `Retry-After` for a caller that has sent too much. */
  require(request: IncomingMessage): void {
    const caller = this.#callerOf(request);
    const paidMs = Math.max(...kinds.map((kind) => this.#paidMs.get(kind + caller) ?? 0));
    const waitMs = paidMs - this.#nowMs() - BURST_MS;
    if (waitMs <= 0) return;
    throw new Problem(
      429,
      'rate-limited',
      'More was sent than this service takes of one caller in this time.',
      {
        headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      },
    );
  }

  /** Counts what a request held: its events once they are committed, or the bytes of its body. */
  charge(request: IncomingMessage, held: Readonly<Partial<Record<Kind, number>>>): void {
    const nowMs = this.#nowMs();
    const caller = this.#callerOf(request);
    for (const kind of kinds) {
      const seconds = (held[kind] ?? 0) / (this.#options[`${kind}PerSecond`] ?? Infinity);
      if (seconds === 0) continue;
      const key = kind + caller;
      this.#paidMs.set(key, Math.max(nowMs, this.#paidMs.get(key) ?? 0) + 1000 * seconds);
    }
    if (this.#paidMs.size > MOST_KEPT) this.#forget(nowMs);
  }

  #forget(nowMs: number): void {
    for (const [caller, paidMs] of this.#paidMs) if (paidMs <= nowMs) this.#paidMs.delete(caller);
    for (const caller of this.#paidMs.keys()) {
      if (this.#paidMs.size <= MOST_KEPT) return;
      this.#paidMs.delete(caller);
    }
  }

  #callerOf(request: IncomingMessage): string {
    const { guard, proxies } = this.#options;
    // Where no token is wanted, one could be made up for each request.
    const token =
      guard.tokens.current.write.length > 0 ? tokensOf(request).find((each) => guard.knows(each)) : undefined;
    return token === undefined ? proxies.callerOf(request).address : digestOf(token).toString('base64');
  }
}
