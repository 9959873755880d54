import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Logger } from '../telemetry/logger.ts';
import type { Problem } from './problem.ts';
import type { Proxies } from './proxies.ts';

const TRACE_PARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;
const NO_TRACE = '0'.repeat(32);
// Of what is not served so much is told in a second: while most is refused, telling of each would take the time to serve others.
const MOST_NOT_SERVED = 20;
const SECOND_MS = 1000;

export interface AccessLogOptions {
  readonly logger: Logger;
  readonly proxies: Proxies;
  /** Tells each answer at `info`, not only at `debug`. */
  readonly tellsAll: boolean;
  /** Milliseconds that never jump; `performance.now` if it is left out. */
  readonly clock?: () => number;
}

/** What requests came, from whom, and what they were told, as lines of the log. */
export class AccessLog {
  /** Whether answers that are no refusals are told at all: seen before any cost. */
  readonly tellsAnswers: boolean;
  readonly #logger: Logger;
  readonly #proxies: Proxies;
  readonly #level: 'info' | 'debug';
  readonly #tellsAll: boolean;
  readonly #clock: () => number;
  #secondFromMs = -Infinity;
  #toldInSecond = 0;
  #untold = 0;

  constructor({ logger, proxies, tellsAll, clock = () => performance.now() }: AccessLogOptions) {
    this.#logger = logger;
    this.#proxies = proxies;
    this.#tellsAll = tellsAll;
    this.#clock = clock;
    this.#level = tellsAll ? 'info' : 'debug';
    this.tellsAnswers = logger.isLevelEnabled(this.#level);
  }

  /** Tells of an answer; `askedMs` is when the request began to be served, by a clock that never jumps. */
  answered(response: ServerResponse, requestId: string, askedMs: number): void {
    const { statusCode: status } = response;
    this.#logger[this.#level]({ ...this.#fieldsOf(response.req, requestId, askedMs), status }, 'answered');
  }

  /**
   * Tells of a refusal once: what is our fault as an error, what may go well later as a warning, all else as information. Of
   * the second kind some of each second, unless all is told; the next one has how many were not.
   */
  refused(problem: Problem, request: IncomingMessage, requestId: string, askedMs?: number): void {
    const { status, code, message: detail } = problem;
    if (status === 503 && !this.#tellsAll && this.#isTooMuch(this.#clock())) return;
    const entry = { ...this.#fieldsOf(request, requestId, askedMs), status, code, detail };
    if (status === 500) this.#logger.error({ ...entry, error: problem.cause }, 'request failed');
    else if (status === 503) this.#logger.warn(this.#withUntold(entry), 'request not served');
    else this.#logger.info(entry, 'request refused');
  }

  #isTooMuch(nowMs: number): boolean {
    if (nowMs - this.#secondFromMs >= SECOND_MS) {
      this.#secondFromMs = nowMs;
      this.#toldInSecond = 0;
    }
    if (this.#toldInSecond < MOST_NOT_SERVED) {
      this.#toldInSecond++;
      return false;
    }
    this.#untold++;
    return true;
  }

  #withUntold(entry: object): object {
    const untold = this.#untold;
    this.#untold = 0;
    return untold === 0 ? entry : { ...entry, untold };
  }

  #fieldsOf(request: IncomingMessage, requestId: string, askedMs: number | undefined): object {
    const { method, headers } = request;
    const traceId = traceIdOf(headers.traceparent);
    return {
      requestId,
      ...(traceId !== undefined && { traceId }),
      client: this.#proxies.callerOf(request).address,
      method,
      url: shownUrl(request),
      ...(askedMs !== undefined && { durationMs: Math.round((this.#clock() - askedMs) * 10) / 10 }),
    };
  }
}

/** The trace that a request belongs to, as W3C Trace Context writes it; undefined for none, or for what is not valid. */
export function traceIdOf(traceparent: string | readonly string[] | undefined): string | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const id = TRACE_PARENT.exec(traceparent)?.[1];
  return id === NO_TRACE ? undefined : id;
}

/** The URL as a log may hold it: the token of a badge is one of those that READMEs show, but need not stand here. */
export function shownUrl({ url }: Pick<IncomingMessage, 'url'>): string | undefined {
  return url?.replace(/([?&]badge_token=)[^&]*/g, '$1***');
}
