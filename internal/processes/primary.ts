import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { withDeadline } from '../database/deadline.ts';
import { type Figures, mergeFigures } from '../shards/figures.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Questions, type ToMember, type ToPrimary } from './protocol.ts';

export interface PrimaryOptions {
  readonly processes: number;
  /** The file that a member runs. */
  readonly program: string;
  /** The environment of the member in that slot, on top of our own. */
  readonly environment: (slot: number) => Readonly<Record<string, string>>;
  readonly logger: Logger;
}

const ANSWER_TIMEOUT_MS = 1000;
const RESTART_PAUSE_MS = 500;

/**
 * The process that starts the members, restarts one that ends by itself, and passes figures between them. It serves
 * nothing: it accepts connections and hands them to the members in turn.
 */
export class Primary {
  readonly #options: PrimaryOptions;
  readonly #members = new Map<number, Worker>();
  readonly #listening = new Set<Worker>();
  readonly #questions = new Questions<Figures>();
  readonly #firstUrl = new Outcome<string>();
  readonly #allReady = new Outcome<undefined>();
  #readyMembers = 0;
  #stopping = false;

  constructor(options: PrimaryOptions) {
    this.#options = options;
    cluster.setupPrimary({ exec: options.program });
    for (let slot = 0; slot < options.processes; slot++) this.#start(slot);
  }

  /** Resolves to the URL once all members listen; rejects if one of them ends before. */
  get url(): Promise<string> {
    return this.#firstUrl.promise;
  }

  /** Resolves once all members serve requests; rejects if one of them ends before. */
  get ready(): Promise<undefined> {
    return this.#allReady.promise;
  }

  /** Tells all members to stop, and resolves when they have ended. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#members.values()].map(async (member) => {
        if (member.isDead()) return;
        const ended = once(member, 'exit');
        tell(member, { kind: 'stop' });
        await ended;
      }),
    );
  }

  /** Tells all members to read their files again. */
  reload(): Promise<void> {
    for (const member of this.#members.values()) tell(member, { kind: 'reload' });
    return Promise.resolve();
  }

  #start(slot: number): void {
    const member = cluster.fork(this.#options.environment(slot));
    this.#members.set(slot, member);
    this.#options.logger.info({ slot, pid: member.process.pid }, 'process started');
    member.on('message', (message: ToPrimary) => this.#hear(member, message));
    // Without a listener, a message to a member that is ending would end us.
    member.on('error', (error) => this.#options.logger.warn({ slot, error }, 'process not reached'));
    member.on('exit', (code: number | null, signal: string | null) => {
      this.#listening.delete(member);
      if (this.#stopping) return;
      const early = new Error(`a process ended before all served, with ${signal ?? code ?? 'nothing'}`);
      this.#firstUrl.reject(early);
      this.#allReady.reject(early);
      this.#options.logger.error({ slot, pid: member.process.pid, code, signal }, 'process ended');
      void pause(RESTART_PAUSE_MS).then(() => {
        if (!this.#stopping) this.#start(slot);
      });
    });
  }

  #hear(member: Worker, message: ToPrimary): void {
    const { processes } = this.#options;
    if (message.kind === 'listening') {
      this.#listening.add(member);
      if (this.#listening.size === processes) this.#firstUrl.resolve(message.url);
    } else if (message.kind === 'ready') {
      if (++this.#readyMembers === processes) this.#allReady.resolve(undefined);
    } else if (message.kind === 'figures') {
      this.#questions.answer(message.question, message.figures);
    } else {
      const { question } = message;
      void this.#gather().then((figures) => tell(member, { kind: 'all figures', question, figures }));
    }
  }

  async #gather(): Promise<Figures | null> {
    const answers = [...this.#listening].map((member) =>
      this.#questions.ask((question) => tell(member, { kind: 'tell figures', question })),
    );
    return withDeadline(Promise.all(answers), ANSWER_TIMEOUT_MS).then(mergeFigures, () => null);
  }
}

function tell(member: Worker, message: ToMember): void {
  if (member.isConnected()) member.send(message);
}

/** A promise that is settled from outside; the first verdict counts. */
class Outcome<T> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => undefined;
  reject: (reason: Error) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => undefined); // Nobody may be waiting any more.
  }
}
