import { z } from 'zod';

import type { Answer } from '../answer-parser.ts';
import type { Clock } from '../clock.ts';
import type { Failure } from '../connection.ts';
import { retryPauseMs, type RetryRules, type Sender } from '../load-run.ts';
import { getRequest, type RequestTarget } from '../request-chunks.ts';
import type { Current, Interval } from './timeline.ts';

/** Asks for a path at most `mostTries` times; resolves to the answer, or to what became of the last try. */
export type Ask = (path: string, mostTries: number) => Promise<Answer | Failure>;

export interface AskerOptions {
  readonly target: RequestTarget;
  readonly senders: readonly Sender[];
  /** How long it waits between tries. */
  readonly retryRules: RetryRules;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Asks over a few connections; a question waits for a free one. */
export function makeAsker({ target, senders, retryRules, clock, random }: AskerOptions): Ask {
  const free = [...senders];
  const waiting: ((sender: Sender) => void)[] = [];

  const borrow = (): Promise<Sender> =>
    new Promise((resolve) => {
      const sender = free.shift();
      if (sender === undefined) waiting.push(resolve);
      else resolve(sender);
    });
  const giveBack = (sender: Sender): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(sender);
    else next(sender);
  };

  return async (path, mostTries) => {
    const request = getRequest(target, path);
    for (let tries = 1; ; tries++) {
      const sender = await borrow();
      const outcome = await new Promise<Answer | Failure>((resolve) => sender.send(request, resolve));
      giveBack(sender);
      const isAnswered = 'status' in outcome && outcome.status < 500 && outcome.status !== 429;
      if (isAnswered || tries >= mostTries) return outcome;
      const ms = retryPauseMs(tries, outcome, retryRules, random);
      await new Promise<void>((resolve) => void clock.after(ms, resolve));
    }
  };
}

const current = z.object({ state: z.string(), since: z.number() });
const intervals = z.array(
  z.object({ state: z.string(), start_time: z.number(), end_time: z.number().nullable() }),
);

/** An answer, or why there is none that can be used; `isAway`: no HTTP answer at all came. */
export type Asked<T> = { readonly value: T } | { readonly problem: string; readonly isAway: boolean };

/** `GET /services`: the services whose names begin so. */
export async function askServices(
  ask: Ask,
  prefix: string,
  mostTries: number,
): Promise<Asked<Map<string, Current>>> {
  return readJson(
    () => ask('/services', mostTries),
    (json) => {
      const all = z.custom<object>((value) => typeof value === 'object' && value !== null).parse(json);
      const entries: [string, unknown][] = Object.entries(all);
      return new Map(
        entries
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, value]): [string, Current] => [name, current.parse(value)]),
      );
    },
  );
}

/** `GET /services/:name/latest-events`. */
export function askLatestEvents(ask: Ask, service: string, mostTries: number): Promise<Asked<Interval[]>> {
  const path = `/services/${encodeURIComponent(service)}/latest-events`;
  return readJson(
    () => ask(path, mostTries),
    (json) => intervals.parse(json),
  );
}

async function readJson<T>(ask: () => ReturnType<Ask>, parse: (json: unknown) => T): Promise<Asked<T>> {
  const outcome = await ask();
  if ('failure' in outcome) return { problem: `no answer: ${outcome.failure}`, isAway: true };
  if (outcome.status !== 200) return { problem: `status ${outcome.status}`, isAway: false };
  try {
    return { value: parse(JSON.parse(outcome.body.toString())) };
  } catch {
    // What exactly is wrong with it does not matter: it is not what was asked for.
    return { problem: `an answer of another form: ${outcome.body.toString('utf8', 0, 100)}`, isAway: false };
  }
}
