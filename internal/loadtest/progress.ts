import type { Clock } from './clock.ts';
import { milliseconds, whole } from './result.ts';
import type { Tally } from './tally.ts';

/** Where progress is shown: the standard error, or something like it. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const ON_TERMINAL_MS = 500;
const IN_LOG_MS = 5000;

/** Shows what is going on: on a terminal one line that is written over, else a line every few seconds. */
export class Progress {
  readonly #screen: Screen;
  readonly #clock: Clock;
  #shownMs: number;
  #cancel: (() => void) | undefined;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
    this.#shownMs = clock.nowMs();
  }

  /** Shows `text()` from now on, again and again, instead of what was shown before. */
  start(text: () => string): void {
    this.stop();
    const everyMs = this.#screen.isTTY === true ? ON_TERMINAL_MS : IN_LOG_MS;
    const tick = (): void => {
      this.#cancel = this.#clock.after(everyMs, tick);
      this.#show(text());
    };
    // What is soon over is not worth a line in a log.
    const waitMs = Math.max(0, this.#shownMs + everyMs - this.#clock.nowMs());
    this.#cancel = this.#clock.after(waitMs, tick);
  }

  /** Shows nothing more, and leaves the line empty for what comes next. */
  stop(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#cancel = undefined;
    if (this.#screen.isTTY === true) this.#screen.write('\r\x1b[2K');
  }

  #show(text: string): void {
    this.#shownMs = this.#clock.nowMs();
    this.#screen.write(this.#screen.isTTY === true ? `\r\x1b[2K${text}` : `${text}\n`);
  }
}

/** A line about what happened since the last one. */
export function throughputLine(tally: Tally, clock: Clock): () => string {
  const startMs = clock.nowMs();
  let last = { ms: startMs, requests: 0, events: 0 };
  return () => {
    const ms = clock.nowMs();
    const perSecond = (count: number) => `${whole((count * 1000) / Math.max(1, ms - last.ms))}/s`;
    const { p50, p99 } = tally.recentLatencies.summary();
    let errors = 0;
    for (const { count } of tally.errors.values()) errors += count;
    const parts = [
      `${((ms - startMs) / 1000).toFixed(1)} s`,
      `requests ${perSecond(tally.requests - last.requests)}`,
      `events ${perSecond(tally.events - last.events)}`,
      `p50 ${milliseconds(p50)}`,
      `p99 ${milliseconds(p99)}`,
      `errors ${whole(errors)}`,
    ];
    last = { ms, requests: tally.requests, events: tally.events };
    tally.recentLatencies.reset();
    return parts.join('  ');
  };
}
