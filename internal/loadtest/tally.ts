import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

import type { Answer } from './answer-parser.ts';
import type { Failure } from './connection.ts';
import type { PreparedRequest } from './request-supply.ts';

const MOST_DETAIL_CHARS = 160;

/** Counts what a run did. */
export class Tally {
  /** Acknowledged, that is, answered with 2xx. */
  requests = 0;
  events = 0;
  /** Of acknowledged requests, heads included, as sent. */
  bytes = 0;
  retries = 0;
  /** Requests that were never acknowledged, however often they were tried. */
  givenUp = 0;
  readonly latencies = new Latencies();
  /** The same since somebody last emptied it. */
  readonly recentLatencies = new Latencies();
  /** By what went wrong: how often, and what the first answer of that kind said. */
  readonly errors = new Map<string, { count: number; detail: string }>();

  acknowledged(request: PreparedRequest, latencyMs: number): void {
    this.requests++;
    this.events += request.events;
    this.bytes += request.bytes.length;
    this.latencies.record(latencyMs);
    this.recentLatencies.record(latencyMs);
  }

  failed(outcome: Answer | Failure): void {
    const kind = 'failure' in outcome ? outcome.failure : `status ${outcome.status}`;
    const known = this.errors.get(kind);
    if (known === undefined) this.errors.set(kind, { count: 1, detail: detailOf(outcome) });
    else known.count++;
  }
}

/** One line: of a problem document its detail, else how the body begins. */
function detailOf(outcome: Answer | Failure): string {
  if ('failure' in outcome) return '';
  const text = outcome.body.toString('utf8', 0, 4096);
  const detail = /"detail"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const said = detail === undefined ? text : unquoted(detail);
  // Nothing that would move the cursor of a terminal.
  return said
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MOST_DETAIL_CHARS);
}

function unquoted(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    // It is only shown; a text that is no JSON is shown as it is.
    return json;
  }
}

/** In milliseconds; all null if nothing was recorded. */
export interface LatencySummary {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly max: number | null;
}

const LONGEST_US = 3_600_000_000;

/** Latencies in an HDR histogram of microseconds: three digits of each, and no more memory for more of them. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.min(Math.max(1, Math.round(ms * 1000)), LONGEST_US));
  }

  reset(): void {
    this.#histogram.reset();
  }

  summary(): LatencySummary {
    const histogram = this.#histogram;
    if (histogram.count === 0) return { p50: null, p90: null, p99: null, p99_9: null, max: null };
    const at = (percentile: number) => histogram.percentile(percentile) / 1000;
    return { p50: at(50), p90: at(90), p99: at(99), p99_9: at(99.9), max: histogram.max / 1000 };
  }
}

const codes = { acknowledged: 1, uncertain: 2, 'not stored': 3 } as const;

/** What became of a request in the end; `uncertain`: it was given up and may be stored nevertheless. */
export type Outcome = keyof typeof codes;

/**
 * What became of each request, a byte each: with the plan that is all it takes to know what must be stored. A request
 * of which nothing is noted was never sent.
 */
export class Outcomes {
  #codes = new Uint8Array(4096);
  /** Of no request with this number or a higher one anything is noted. */
  end = 0;
  acknowledged = 0;

  note(request: number, outcome: Outcome): void {
    if (request >= this.#codes.length) {
      const grown = new Uint8Array(Math.max(request + 1, this.#codes.length * 2));
      grown.set(this.#codes);
      this.#codes = grown;
    }
    this.end = Math.max(this.end, request + 1);
    if (outcome === 'acknowledged') this.acknowledged++;
    this.#codes[request] = codes[outcome];
  }

  is(request: number, outcome: Outcome): boolean {
    return this.#codes[request] === codes[outcome];
  }
}
