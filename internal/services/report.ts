import type { FieldError } from '../frontdoor/problem.ts';
import { unixSecondsFault } from '../frontdoor/unix-seconds.ts';
import type { ReportedState } from './timeline.ts';

/** "At this second I saw this service in this state." `second` is `floor(timestamp)`, in unix seconds. */
export interface Report {
  readonly serviceName: string;
  readonly state: ReportedState;
  readonly second: number;
}

const MAX_NAME_CHARACTERS = 255;

/**
 * Checks one parsed JSON value as a report; unknown fields are ignored. Returns the report, or every fault found.
 * `nowSeconds` is the server's clock in unix seconds.
 */
export function parseReport(
  value: unknown,
  nowSeconds: number,
  maxFutureSeconds: number,
): Report | FieldError[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', message: 'must be a JSON object' }];
  }
  const { service_name, state, timestamp }: { service_name?: unknown; state?: unknown; timestamp?: unknown } =
    value;
  const nameFault = serviceNameFault(service_name);
  const timestampFault = reportTimestampFault(timestamp, nowSeconds, maxFutureSeconds);
  if (
    nameFault === undefined &&
    timestampFault === undefined &&
    typeof service_name === 'string' &&
    typeof timestamp === 'number' &&
    (state === 'deploy' || state === 'issue')
  ) {
    return { serviceName: service_name, state, second: Math.floor(timestamp) };
  }
  const faults: FieldError[] = [];
  if (nameFault !== undefined) faults.push({ field: 'service_name', message: nameFault });
  const stateFault = reportedStateFault(state);
  if (stateFault !== undefined) faults.push({ field: 'state', message: stateFault });
  if (timestampFault !== undefined) faults.push({ field: 'timestamp', message: timestampFault });
  return faults;
}

/** Why `name` cannot be a service's name, or undefined. */
export function serviceNameFault(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'must be a string';
  if (name.length === 0) return 'must not be empty';
  if (name.length > MAX_NAME_CHARACTERS && characters(name) > MAX_NAME_CHARACTERS) {
    return `must be at most ${MAX_NAME_CHARACTERS} characters`;
  }
  // Postgres stores no U+0000, and other control characters forge log lines and terminals.
  if (/\p{Cc}/u.test(name)) return 'must not contain control characters';
  // A lone surrogate cannot be written in UTF-8: two such names would become one.
  if (!name.isWellFormed()) return 'must not contain lone surrogates';
  return undefined;
}

/** Why `state` cannot be reported, or undefined. */
export function reportedStateFault(state: unknown): string | undefined {
  return state === 'deploy' || state === 'issue' ? undefined : 'must be "deploy" or "issue"';
}

function characters(text: string): number {
  // A character is at most two UTF-16 units: what is longer than that need not be counted.
  return text.length > 2 * MAX_NAME_CHARACTERS ? text.length : Array.from(text).length;
}

function reportTimestampFault(
  timestamp: unknown,
  nowSeconds: number,
  maxFutureSeconds: number,
): string | undefined {
  if (typeof timestamp !== 'number') return 'must be a number of unix seconds';
  return unixSecondsFault(timestamp, nowSeconds, maxFutureSeconds);
}
