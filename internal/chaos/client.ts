import { setTimeout as pause } from 'node:timers/promises';

import type { Answer } from '../loadtest/answer-parser.ts';
import { Connection, type Address, type Failure } from '../loadtest/connection.ts';
import { Latencies, type LatencySummary } from '../loadtest/tally.ts';
import { Ledger } from './ledger.ts';
import { Load, type LoadRequest, type LoadSource } from './load.ts';

/** What became of the requests so far. */
export interface Figures extends Counts {
  /** How long those took that were acknowledged, and those that were refused. */
  readonly acknowledgedMs: LatencySummary;
  readonly refusedMs: LatencySummary;
  /** How late the event loop of the clients was itself, which is in all times, where it was looked at. */
  readonly ownLateMs?: { readonly p50: number; readonly p99: number; readonly max: number };
}

interface Counts {
  requests: number;
  acknowledged: number;
  /** 503 with `Retry-After`. */
  refused: number;
  /** Connections that broke before an answer, as they do when the service is killed, by how. */
  readonly unanswered: Map<string, number>;
  /** Answers that must not be, with an example each. */
  readonly wrong: Map<string, number>;
  /** Of all answers. */
  slowestMs: number;
}

export interface ClientOptions {
  readonly address: Address;
  readonly load: LoadSource;
  readonly connections: number;
  /** Over all connections; Infinity: each sends as soon as it has its answer. */
  readonly requestsPerSecond: number;
  /** Within how many milliseconds they begin, if that is longer than each takes to have its turn. */
  readonly beginWithinMs: number;
  /** When a refused request is sent again: after as long as `Retry-After` says, or sooner. */
  readonly retries?: Retries | undefined;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export type Retries = 'as told' | 'in a hurry';

/** Sends a load, as {@link RecordingClient} does. */
export interface Client {
  /** What was acknowledged; empty before it has settled. */
  readonly ledger: Ledger;
  readonly figures: Figures;
  settle(mostMs: number): Promise<void>;
}

/** How a read ends whose answer had begun when PostgreSQL went away: so that nobody takes a part of it for all. */
export const CUT_SHORT = 'cut short';

const ANSWER_TIMEOUT_MS = 30_000;
// Sooner than Retry-After asks for: a client that is in a hurry, and a service that has to stand it. Others wait so much longer
// than they are told.
const RETRY_LEAST_MS = 50;
const RETRY_MOST_MS = 250;
const REPEATED = 0.05;

/**
 * Sends a load over some connections and remembers what was acknowledged. What was not is sent again, the same bytes,
 * until it is; of what was, some is sent again as well, as clients do whose answer got lost.
 */
export class Sender {
  /** The numbers of the requests that were acknowledged, in any order. */
  readonly acknowledged: number[] = [];
  readonly #acknowledgedMs = new Latencies();
  readonly #refusedMs = new Latencies();
  readonly #counts = noCounts();
  readonly #options: ClientOptions;
  readonly #load: Load;
  readonly #connections: readonly Connection[];
  readonly #senders: Promise<unknown>;
  #isStopping = false;
  #givesUp = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#load = new Load(options.load);
    this.#connections = Array.from(
      { length: options.connections },
      () => new Connection(options.address, ANSWER_TIMEOUT_MS),
    );
    this.#senders = Promise.all(this.#connections.map((connection) => this.#send(connection)));
  }

  get figures(): Figures {
    return figuresOf(this.#counts, this.#acknowledgedMs, this.#refusedMs);
  }

  /**
   * Sends nothing new, and what is not acknowledged until it is, for at most `mostMs`: what is not by then counts as
   * a wrong answer.
   */
  async settle(mostMs: number): Promise<void> {
    this.#isStopping = true;
    const giveUp = setTimeout(() => (this.#givesUp = true), mostMs);
    await this.#senders;
    clearTimeout(giveUp);
    for (const connection of this.#connections) connection.close();
  }

  async #send(connection: Connection): Promise<void> {
    const { random, requestsPerSecond, connections, beginWithinMs } = this.#options;
    const intervalMs = requestsPerSecond === Infinity ? 0 : (1000 * connections) / requestsPerSecond;
    // Not all at once.
    const withinMs = Math.max(intervalMs, beginWithinMs);
    if (withinMs > 0) await pause(random() * withinMs);
    while (!this.#isStopping) {
      const dueMs = performance.now() + intervalMs;
      const request = this.#load.next();
      if (await this.#sendUntilTaken(connection, request)) {
        this.acknowledged.push(request.number);
        if (random() < REPEATED) await this.#try(connection, request);
      }
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) await pause(leftMs);
    }
  }

  /** Whether it was acknowledged in the end. Reads are not asked again. */
  async #sendUntilTaken(connection: Connection, request: LoadRequest): Promise<boolean> {
    const { random } = this.#options;
    for (;;) {
      const { isTaken, againMs } = await this.#try(connection, request);
      if (isTaken) return true;
      if (request.what.startsWith('GET')) return false;
      if (this.#givesUp) {
        count(this.#counts.wrong, `${request.what} was never taken`);
        return false;
      }
      await pause(againMs + RETRY_LEAST_MS + random() * (RETRY_MOST_MS - RETRY_LEAST_MS));
    }
  }

  /** Whether it was acknowledged, and after how long it was asked to come again. */
  async #try(connection: Connection, { bytes, what }: LoadRequest): Promise<Tried> {
    const counts = this.#counts;
    const sentAtMs = performance.now();
    counts.requests++;
    const outcome = await new Promise<Answer | Failure>((resolve) => connection.send(bytes, resolve));
    if ('failure' in outcome) {
      const how = outcome.isCutShort === true ? CUT_SHORT : outcome.failure;
      count(counts.unanswered, `${what}: ${how}`);
      return LOST;
    }
    const tookMs = performance.now() - sentAtMs;
    counts.slowestMs = Math.max(counts.slowestMs, tookMs);
    if (outcome.status === 200) {
      counts.acknowledged++;
      this.#acknowledgedMs.record(tookMs);
      return TAKEN;
    }
    if (outcome.status === 503 && outcome.retryAfter !== undefined) {
      counts.refused++;
      this.#refusedMs.record(tookMs);
      const isHurried = this.#options.retries !== 'as told';
      return { isTaken: false, againMs: isHurried ? 0 : Number(outcome.retryAfter) * 1000 };
    }
    count(counts.wrong, `${what}: ${outcome.status} ${outcome.body.toString('utf8', 0, 200)}`);
    return LOST;
  }
}

/** One that sends in the thread of who made it. */
export class RecordingClient implements Client {
  readonly ledger = new Ledger();
  readonly #sender: Sender;
  readonly #source: LoadSource;

  constructor(options: ClientOptions) {
    this.#sender = new Sender(options);
    this.#source = options.load;
  }

  get figures(): Figures {
    return this.#sender.figures;
  }

  async settle(mostMs: number): Promise<void> {
    await this.#sender.settle(mostMs);
    await this.ledger.addRequests(this.#source, this.#sender.acknowledged);
  }
}

/** Those of a client that has sent nothing yet. */
export function noFigures(): Figures {
  return figuresOf(noCounts(), new Latencies(), new Latencies());
}

function noCounts(): Counts {
  return {
    requests: 0,
    acknowledged: 0,
    refused: 0,
    unanswered: new Map(),
    wrong: new Map(),
    slowestMs: 0,
  };
}

function figuresOf(counts: Counts, acknowledged: Latencies, refused: Latencies): Figures {
  return { ...counts, acknowledgedMs: acknowledged.summary(), refusedMs: refused.summary() };
}

interface Tried {
  readonly isTaken: boolean;
  readonly againMs: number;
}

const TAKEN: Tried = { isTaken: true, againMs: 0 };
const LOST: Tried = { isTaken: false, againMs: 0 };

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
