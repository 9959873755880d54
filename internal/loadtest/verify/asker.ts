import type { Answer } from '../answer-parser.ts';
import type { Clock } from '../clock.ts';
import type { Failure } from '../connection.ts';
import { getRequest, type RequestTarget } from '../http-request.ts';
import { retryPauseMs, type RetryRules, type Sender } from '../load-run.ts';

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
