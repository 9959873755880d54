import type { Clock } from '../clock.ts';

/** A clock that only moves when it is told to: minutes of a load run take no time, and always go the same way. */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Calls back whatever is due up to then, in order of time. */
  runUntil(ms: number): void {
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= ms).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = Math.max(this.#nowMs, ms);
  }
}
