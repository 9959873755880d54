import { setTimeout as wait } from 'node:timers/promises';

/** How often and how long a request is tried, and by what its waiting is measured. */
export interface Retries {
  readonly mostTries: number;
  /** From the first try on; no pause begins that would end later. */
  readonly mostMs: number;
  /** From the start of a try to the end of its answer. */
  readonly tryTimeoutMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Rejects when the signal aborts. */
  readonly pause: (pauseMs: number, signal: AbortSignal) => Promise<unknown>;
  /** Gives numbers in [0, 1) for the jitter. */
  readonly random: () => number;
  readonly fetch: (request: Request) => Promise<Response>;
}

export const usualRetries: Retries = {
  mostTries: 6,
  mostMs: 120_000,
  tryTimeoutMs: 30_000,
  firstPauseMs: 250,
  longestPauseMs: 8_000,
  clock: Date.now,
  pause: (pauseMs, signal) => wait(pauseMs, undefined, { signal }),
  random: Math.random,
  fetch,
};

/**
 * Sends a request until it is answered for good, and resolves with that answer, or with the last one when tries or time
 * are used up. Rejects with the last failure if there was no answer, and with the signal's reason as soon as that aborts.
 */
export async function send(request: Request, signal: AbortSignal, retries: Retries): Promise<Response> {
  const startMs = retries.clock();
  const mayRepeat = isRepeatable(request);
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const tried = await tryOnce(request, signal, retries);
    signal.throwIfAborted();
    const nowMs = retries.clock();
    const pauseMs = pauseAfter(tried, tries, nowMs, retries);
    const isLast =
      pauseMs === undefined ||
      tries >= retries.mostTries ||
      nowMs + pauseMs - startMs > retries.mostMs ||
      // 429 was not even read; what became of others is not known.
      !(mayRepeat || tried.answer?.status === 429);
    if (!isLast) {
      // Else its connection would stay taken.
      await tried.answer?.body?.cancel();
      try {
        await retries.pause(pauseMs, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    } else if (tried.answer !== undefined) {
      return tried.answer;
    } else {
      throw tried.failure;
    }
  }
}

type Tried = { answer: Response; failure?: never } | { answer?: never; failure: unknown };

async function tryOnce(
  request: Request,
  signal: AbortSignal,
  { fetch, tryTimeoutMs }: Retries,
): Promise<Tried> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(tryTimeoutMs)]);
  try {
    // The copy is sent: a body is read once.
    return { answer: await fetch(new Request(request.clone(), { signal: until })) };
  } catch (failure) {
    return { failure };
  }
}

/**
 * How long to wait before the next try; undefined after an answer that would be the same again. Twice as long each time, up
 * to a bound, with jitter of up to half, and never shorter than `Retry-After` asks.
 */
function pauseAfter(
  { answer }: Tried,
  tries: number,
  nowMs: number,
  { firstPauseMs, longestPauseMs, random }: Retries,
): number | undefined {
  if (answer !== undefined && answer.status !== 429 && answer.status < 500) return undefined;
  const pauseMs = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs) * (0.5 + random() / 2);
  return pauseMs + retryAfterMs(answer?.headers.get('retry-after') ?? '', nowMs);
}

/** 0 if the header is missing or makes no sense. */
function retryAfterMs(header: string, nowMs: number): number {
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.max(waitMs, 0);
}

/** Whether sending it twice does what sending it once does. Reports form a set, and bulk bodies have a key. */
function isRepeatable({ method, url }: Request): boolean {
  return ['GET', 'HEAD', 'PUT'].includes(method) || /\/(event|events|collect)$/.test(new URL(url).pathname);
}
