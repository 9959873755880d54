import { pauseMs } from '../time/back-off.ts';
import type { Answer } from './http-sender.ts';
import type { Warn } from './rate-limited-log.ts';

/** `sent` counts requests; the others count reports. added = accepted + refused + dropped + waiting. */
export interface DeliveryStats {
  sent: number;
  accepted: number;
  /** Answers after which the report was put back to be sent again. */
  retried: number;
  refused: number;
  dropped: number;
  /** Not answered for good yet: queued or under way. */
  waiting: number;
}

export interface DeliveryOptions {
  /** Sends the body of one report; never rejects. */
  send: (body: string) => Promise<Answer>;
  /** More waiting reports than this, and the one that was queued first is dropped. */
  maxWaiting: number;
  maxInFlight: number;
  /** Milliseconds since whenever, but without jumps. */
  stopwatch: () => number;
  random: () => number;
  warn: Warn;
}

/**
 * Keeps every report until the server has answered it for good. A report that has to be sent again queues
 * up behind the others, so that one that always fails cannot block them.
 *
 * `pump` starts what may be started. It runs whenever that may have changed: a report was added, an answer
 * came, a pause is over.
 */
export class Delivery {
  private readonly options: DeliveryOptions;
  private readonly backOff: BackOff;
  private readonly queue = new Fifo<string>();
  private readonly counts = { sent: 0, accepted: 0, retried: 0, refused: 0, dropped: 0 };
  private inFlight = 0;
  private isClosed = false;
  private wakeTimer: NodeJS.Timeout | undefined;
  private onIdle: () => void = () => undefined;

  constructor(options: DeliveryOptions) {
    this.options = options;
    this.backOff = new BackOff(options.maxInFlight, options.random);
  }

  get waiting(): number {
    return this.queue.length + this.inFlight;
  }

  stats(): DeliveryStats {
    return { ...this.counts, waiting: this.waiting };
  }

  /** Takes the body of a report. */
  add(body: string): void {
    this.queue.push(body);
    this.pump();
    if (this.waiting > this.options.maxWaiting && this.queue.shift() !== undefined) {
      this.counts.dropped++;
      this.options.warn({ maxWaiting: this.options.maxWaiting }, 'too many reports wait, dropped the oldest');
    }
  }

  /** Resolves when nothing waits any more, or else when `deadline` aborts. */
  drain(deadline: AbortSignal): Promise<void> {
    if (this.waiting === 0 || deadline.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.onIdle = resolve;
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Starts no more requests. Safe twice. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.wakeTimer);
  }

  private pump(): void {
    if (this.isClosed) return;
    const nowMs = this.options.stopwatch();
    while (this.inFlight < this.backOff.allowedInFlight(nowMs)) {
      const body = this.queue.shift();
      if (body === undefined) return;
      void this.sendOne(body);
    }
    if (nowMs < this.backOff.pausedUntilMs) this.wakeAfter(this.backOff.pausedUntilMs - nowMs);
  }

  private wakeAfter(restMs: number): void {
    // A pause that was lengthened meanwhile is found by the pump that this timer runs.
    this.wakeTimer ??= setTimeout(() => {
      this.wakeTimer = undefined;
      this.pump();
    }, Math.ceil(restMs));
  }

  private async sendOne(body: string): Promise<void> {
    const { round } = this.backOff;
    this.inFlight++;
    this.counts.sent++;
    const answer = await this.options.send(body);
    this.inFlight--;
    this.take(answer, body, round);
    this.pump();
    if (this.waiting === 0) this.onIdle();
  }

  private take(answer: Answer, body: string, round: number): void {
    switch (answer.outcome) {
      case 'accepted':
        this.counts.accepted++;
        this.backOff.succeeded(round);
        return;
      case 'refused':
        this.counts.refused++;
        this.backOff.succeeded(round);
        this.options.warn({ status: answer.status, detail: answer.detail, body }, 'report refused');
        return;
      case 'retry':
        this.counts.retried++;
        this.backOff.failed(round, this.options.stopwatch(), answer.retryAfterMs);
        this.queue.push(body);
        if (!this.isClosed) this.options.warn({ reason: answer.reason }, 'report not taken, sending again');
    }
  }
}

const pauses = { firstMs: 100, longestMs: 5_000 };

/**
 * Decides how many requests may be under way, for all reports together: they go to one server, so what one
 * of them meets the others would meet too.
 *
 * - flowing: up to `maxInFlight`. A failure begins a pause.
 * - paused: none, until the pause and what the server asked for in `Retry-After` are over.
 * - probing: one. If it succeeds, flowing; if it fails, paused again, about twice as long.
 *
 * Requests that were under way when a pause began tell about the server before it: they carry an older
 * round, count neither as success nor as failure, and can only lengthen the pause by their `Retry-After`.
 */
export class BackOff {
  /** Requests remember the round that they were started in. */
  round = 0;
  pausedUntilMs = 0;
  private failures = 0;
  private readonly random: () => number;
  private readonly maxInFlight: number;

  /** `random` gives numbers in [0, 1) for the jitter. */
  constructor(maxInFlight: number, random: () => number) {
    this.maxInFlight = maxInFlight;
    this.random = random;
  }

  /** How many requests may be under way at `nowMs`. */
  allowedInFlight(nowMs: number): number {
    if (nowMs < this.pausedUntilMs) return 0;
    return this.failures > 0 ? 1 : this.maxInFlight;
  }

  /** A request of `round` was answered, whatever the answer says about the report. */
  succeeded(round: number): void {
    if (round === this.round) this.failures = 0;
  }

  /** A request of `round` has to be sent again, not before `retryAfterMs` are over. */
  failed(round: number, nowMs: number, retryAfterMs: number): void {
    if (round !== this.round) {
      if (retryAfterMs > 0) this.pausedUntilMs = Math.max(this.pausedUntilMs, nowMs + retryAfterMs);
      return;
    }
    this.round++;
    this.failures++;
    this.pausedUntilMs = nowMs + retryAfterMs + pauseMs(this.failures, pauses, this.random);
  }
}

const leastWaste = 1024;

/** A first-in-first-out queue whose `shift` does not move the rest, unlike an array's. */
export class Fifo<Item> {
  private items: (Item | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.items[this.head];
    this.items[this.head++] = undefined;
    if (this.head >= leastWaste && this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
