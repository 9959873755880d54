import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { inTransaction } from '../database/transaction.ts';
import type { Logger } from '../telemetry/logger.ts';
import { stepsOf, type Stretch } from './evaluate.ts';
import { alertsSince, beginTurn, endTurn, forgetOthers, lookedAt, type Telling } from './queries.ts';
import type { Rule, TellableState } from './rules.ts';

/** A mute, as far as it matters here; times are unix seconds. */
export interface Muted {
  readonly pattern: string;
  readonly begunAt: number;
  readonly untilAt: number;
  readonly endedAt: number | null;
}

/** What is looked at, which is others' to know. */
export interface Sources {
  /** Returns the test of a pattern, in which `*` and `?` stand for any characters and for one. */
  readonly fitting: (pattern: string) => (serviceName: string) => boolean;
  /** The mutes that held at some time from then on. */
  readonly mutesSince: (from: number) => Promise<readonly Muted[]>;
  /** The stretches of that state, of all services, that may have a second since then. */
  readonly stretchesSince: (state: TellableState, from: number) => Promise<readonly Stretch[]>;
}

/** What turns are taken with. */
export interface TurnsOptions {
  readonly sources: Sources;
  readonly rules: readonly Rule[];
  /** The names of all receivers. */
  readonly receivers: readonly string[];
  readonly database: pg.Pool;
  /** How late a report may come, with the gap that may follow the last one; in seconds. */
  readonly lateSeconds: number;
  /** In unix seconds. */
  readonly now: () => number;
  /** Called when there is something to send. */
  readonly onTold: () => void;
  readonly logger: Logger;
}

const EACH_MS = 500;
// Looking takes at most this share of the time, however many services there are.
const LOOKING_SHARE = 0.2;
const LONGEST_REST_MS = 60_000;
const WEEK_SECONDS = 7 * 86_400;
// What began and ended while nobody looked is told up to so long afterwards.
const LONGEST_LOOK_BACK_SECONDS = 86_400;

/**
 * Looks again and again at what became of all services since the last look, and stores what is to be told of it in one
 * transaction with how far it looked: whoever is killed in between has stored nothing, and whoever goes on looks at all of it.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #fits: ReadonlyMap<Rule, (serviceName: string) => boolean>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #isFailing = false;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#fits = new Map(options.rules.map((rule) => [rule, options.sources.fitting(rule.pattern)]));
    this.#running = this.#run();
  }

  /** Resolves when none is taken any more. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let isFirst = true;
    while (!signal.aborted) {
      const startedMs = performance.now();
      try {
        if (isFirst) await this.#forgetOthers();
        isFirst = false;
        await this.#take();
        this.#isFailing = false;
      } catch (error) {
        // Once, not for each turn for as long as it lasts.
        if (!this.#isFailing) this.#options.logger.warn({ error }, 'nobody can be told now');
        this.#isFailing = true;
      }
      const tookMs = performance.now() - startedMs;
      const restMs = Math.min(Math.max(EACH_MS, tookMs / LOOKING_SHARE), LONGEST_REST_MS);
      await pause(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #forgetOthers(): Promise<void> {
    const { database, rules, receivers, now } = this.#options;
    return forgetOthers(
      database,
      rules.map(({ name }) => name),
      receivers,
      now(),
    );
  }

  async #take(): Promise<void> {
    const { database, now, sources, rules, lateSeconds } = this.#options;
    const startedAt = now();
    const before = await lookedAt(database);
    // Never looked yet: what is over is not told.
    const from =
      before === null ? startedAt : Math.max(before - lateSeconds, startedAt - LONGEST_LOOK_BACK_SECONDS);
    const longestFor = Math.max(...rules.map(({ forSeconds }) => forSeconds));
    const lookFrom = Math.max(0, from - longestFor);
    const stretches = new Map<TellableState, readonly Stretch[]>();
    for (const state of new Set(rules.map((rule) => rule.state))) {
      const since = state === 'silent' ? startedAt - WEEK_SECONDS : lookFrom;
      stretches.set(state, await sources.stretchesSince(state, since));
    }
    const isMuted = mutedBy(await sources.mutesSince(lookFrom), sources.fitting);
    const client = await database.connect();
    let isSound = false;
    try {
      const told = await inTransaction(client, async () => {
        // Another one has looked meanwhile: what was read here may be older than what it told.
        if ((await beginTurn(client)) !== before) return 0;
        const alerts = await alertsSince(client, lookFrom);
        const tellings = rules.flatMap((rule): Telling[] => {
          const fits = this.#fits.get(rule);
          const own = stretches.get(rule.state)?.filter(({ serviceName }) => fits?.(serviceName)) ?? [];
          const known = alerts.filter((alert) => alert.rule === rule.name);
          return stepsOf(rule, own, known, { now: startedAt, from, isMuted }).map((step) => ({
            step,
            state: rule.state,
            againSeconds: rule.againSeconds,
            receivers: rule.receivers ?? this.#options.receivers,
          }));
        });
        await endTurn(client, tellings, startedAt);
        return tellings.length;
      });
      isSound = true;
      if (told > 0) this.#options.onTold();
    } finally {
      client.release(!isSound);
    }
  }
}

/** Whether a service is muted at a time. */
function mutedBy(
  mutes: readonly Muted[],
  fitting: Sources['fitting'],
): (serviceName: string, at: number) => boolean {
  const known = mutes.map((mute) => ({ ...mute, fits: fitting(mute.pattern) }));
  return (serviceName, at) =>
    known.some(
      ({ begunAt, untilAt, endedAt, fits }) =>
        begunAt <= at && at < (endedAt ?? untilAt) && fits(serviceName),
    );
}
