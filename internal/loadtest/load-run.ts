import { pauseMs, retryAfterMs, type Pauses } from '../time/back-off.ts';
import type { Answer } from './answer-parser.ts';
import type { Clock, Pace } from './clock.ts';
import type { Failure } from './connection.ts';
import type { PreparedRequest, RequestSource } from './request-supply.ts';
import type { Outcomes, Tally } from './tally.ts';

/** What a run sends with; connection.ts is one. */
export interface Sender {
  send(request: Uint8Array, settle: (outcome: Answer | Failure) => void): void;
  close(): void;
}

/** How often and when a request is sent again. */
export interface RetryRules extends Pauses {
  /** Tries in all, the first included; 1: no retries. */
  readonly mostTries: number;
}

/** Without `--retry`. */
export const noRetries: RetryRules = { mostTries: 1, firstMs: 0, longestMs: 0 };

/** With it: about a minute and a half against a service that stays away, longer if it asks for longer waits. */
export const patientRetries: RetryRules = { mostTries: 25, firstMs: 100, longestMs: 5000 };

/** How long to wait after so many failed tries: what the last answer asked for, and then longer each time. */
export function retryPauseMs(
  tries: number,
  outcome: Answer | Failure,
  rules: RetryRules,
  random: () => number,
): number {
  const asked = 'status' in outcome ? retryAfterMs(outcome.retryAfter, Date.now()) : 0;
  return asked + pauseMs(tries, rules, random);
}

export interface LoadRunOptions {
  readonly source: RequestSource;
  readonly senders: readonly Sender[];
  readonly pace: Pace;
  /** On the clock: from then on nothing new is sent; may be Infinity. */
  readonly endMs: number;
  readonly retryRules: RetryRules;
  readonly tally: Tally;
  readonly outcomes: Outcomes;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A request on its way. */
interface Job {
  readonly request: PreparedRequest;
  /** From when its latency counts: when it should have been sent, or was sent first. */
  readonly sinceMs: number;
  tries: number;
  /** A try ended so that nobody knows whether the request was stored. */
  isUncertain: boolean;
}

// A service that is not there is not asked as fast as the machine can.
const AFTER_REFUSED_MS = 100;
const GRACE_MS = 2000;

/**
 * Sends what the source has over the connections, at its pace, until the source is at its end or the time is over.
 *
 * A request is new, under way, waiting to be tried again, or done. Whenever anything happens (`#pump`), free
 * connections take what is due: retries first, then new requests. The run ends when nothing is under way or waiting,
 * and nothing new may be sent. At a fixed pace a request that finds no free connection stays due: its latency counts
 * from when it should have been sent. Otherwise a service that stalls would hold up the requests that were to measure
 * it, and the stall would be counted once instead of for everybody who would have met it (coordinated omission).
 */
export class LoadRun {
  /** New requests that were sent. */
  started = 0;
  /** For so long a request was due and a connection free, but the request was not built yet. */
  starvedMs = 0;
  /** On the clock: when the last answer came. */
  lastAnswerMs = -Infinity;
  isInterrupted = false;
  readonly #options: LoadRunOptions;
  readonly #free: Sender[];
  readonly #waiting: { readonly job: Job; readonly dueMs: number }[] = [];
  #underWay = 0;
  #starvedSinceMs: number | undefined;
  #wake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #finish: (() => void) | undefined;

  constructor(options: LoadRunOptions) {
    this.#options = options;
    this.#free = [...options.senders];
  }

  /** Resolves when it is over; to be called once. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#options.source.onMore = () => this.#pump();
      this.#pump();
    });
  }

  /** Sends nothing more, waits a little for the answers that are due, and cuts the rest. */
  interrupt(): void {
    if (this.isInterrupted || this.#finish === undefined) return;
    this.isInterrupted = true;
    for (const { job } of this.#waiting.splice(0)) this.#giveUp(job);
    const cancel = this.#options.clock.after(GRACE_MS, () => {
      for (const sender of this.#options.senders) sender.close();
    });
    const finish = this.#finish;
    this.#finish = () => {
      cancel();
      finish();
    };
    this.#pump();
  }

  #pump(): void {
    const nowMs = this.#options.clock.nowMs();
    while (this.#free.length > 0) {
      const job = this.#takeRetry(nowMs) ?? this.#takeNew(nowMs);
      if (job === undefined) break;
      const sender = this.#free.shift();
      if (sender !== undefined) this.#send(sender, job);
    }
    if (this.#underWay === 0 && this.#waiting.length === 0 && !this.#mayStart(nowMs)) this.#end();
    else this.#sleep(nowMs);
  }

  #takeRetry(nowMs: number): Job | undefined {
    const index = this.#waiting.findIndex(({ dueMs }) => dueMs <= nowMs);
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0]?.job;
  }

  #takeNew(nowMs: number): Job | undefined {
    const { senders } = this.#options;
    // What waits keeps its place, or with a service that refuses everything any number of requests would pile up.
    if (this.#waiting.length + this.#underWay >= senders.length) return undefined;
    if (!this.#mayStart(nowMs)) return undefined;
    const dueMs = this.#options.pace.dueMs(this.started);
    if (dueMs > nowMs) return undefined;
    const request = this.#options.source.take();
    if (request === undefined) {
      this.#starvedSinceMs ??= nowMs;
      return undefined;
    }
    if (this.#starvedSinceMs !== undefined) this.starvedMs += nowMs - this.#starvedSinceMs;
    this.#starvedSinceMs = undefined;
    this.started++;
    return { request, sinceMs: dueMs === -Infinity ? nowMs : dueMs, tries: 0, isUncertain: false };
  }

  /** Whether there are new requests to send, now or later. */
  #mayStart(nowMs: number): boolean {
    const { source, endMs, pace } = this.#options;
    if (this.isInterrupted || source.isAtEnd || nowMs >= endMs) return false;
    return pace.dueMs(this.started) < endMs;
  }

  #send(sender: Sender, job: Job): void {
    this.#underWay++;
    job.tries++;
    sender.send(job.request.bytes, (outcome) => this.#settle(sender, job, outcome));
  }

  #settle(sender: Sender, job: Job, outcome: Answer | Failure): void {
    const { clock, tally, outcomes } = this.#options;
    const nowMs = clock.nowMs();
    this.#underWay--;
    this.lastAnswerMs = nowMs;
    if ('status' in outcome && outcome.status >= 200 && outcome.status < 300) {
      tally.acknowledged(job.request, nowMs - job.sinceMs);
      outcomes.note(job.request.index, 'acknowledged');
    } else {
      tally.failed(outcome);
      this.#failed(job, outcome, nowMs);
    }
    if ('failure' in outcome && outcome.failure === 'refused' && !this.isInterrupted) {
      clock.after(AFTER_REFUSED_MS, () => {
        this.#free.push(sender);
        this.#pump();
      });
    } else {
      this.#free.push(sender);
    }
    this.#pump();
  }

  #failed(job: Job, outcome: Answer | Failure, nowMs: number): void {
    const { retryRules, random, tally } = this.#options;
    const isRefusal = 'status' in outcome && outcome.status >= 400 && outcome.status < 500;
    const wasSent = 'status' in outcome || outcome.failure !== 'refused';
    job.isUncertain ||= wasSent && !isRefusal;
    // Another 4xx would be the same next time.
    const mayPass = !isRefusal || outcome.status === 429;
    if (!mayPass || this.isInterrupted || job.tries >= retryRules.mostTries) {
      this.#giveUp(job);
      return;
    }
    tally.retries++;
    this.#waiting.push({ job, dueMs: nowMs + retryPauseMs(job.tries, outcome, retryRules, random) });
  }

  #giveUp(job: Job): void {
    this.#options.tally.givenUp++;
    this.#options.outcomes.note(job.request.index, job.isUncertain ? 'uncertain' : 'not stored');
  }

  /** Wakes when the next thing is due; while every connection is busy, an answer does that. */
  #sleep(nowMs: number): void {
    const atMs = this.#nextMs(nowMs);
    // Waking too early does no harm.
    if (atMs === Infinity || (this.#wake !== undefined && this.#wake.atMs <= atMs)) return;
    this.#wake?.cancel();
    const cancel = this.#options.clock.after(atMs - nowMs, () => {
      this.#wake = undefined;
      this.#pump();
    });
    this.#wake = { atMs, cancel };
  }

  #nextMs(nowMs: number): number {
    const { pace, endMs } = this.#options;
    let nextMs = endMs > nowMs ? endMs : Infinity;
    if (this.#free.length === 0) return nextMs;
    for (const { dueMs } of this.#waiting) nextMs = Math.min(nextMs, dueMs);
    if (!this.#mayStart(nowMs)) return nextMs;
    // What is due already waits for the source, which calls.
    const dueMs = pace.dueMs(this.started);
    return dueMs > nowMs ? Math.min(nextMs, dueMs) : nextMs;
  }

  #end(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
    this.#finish?.();
    this.#finish = undefined;
  }
}
