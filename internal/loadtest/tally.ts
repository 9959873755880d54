import type { Answer } from './answer-parser.ts';
import type { Failure } from './connection.ts';
import { Latencies } from './latencies.ts';
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
