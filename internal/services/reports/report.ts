import { nameFault, unixSecondsFault } from '../../frontdoor/fields.ts';
import type { FieldError } from '../../frontdoor/problem.ts';
import type { ReportedState } from '../timeline.ts';

/** "At this second I saw this service in this state." `second` is `floor(timestamp)`, in unix seconds. */
export interface Report {
  readonly serviceName: string;
  readonly state: ReportedState;
  readonly second: number;
}

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
  const serviceNameFault = nameFault(service_name);
  const timestampFault = reportTimestampFault(timestamp, nowSeconds, maxFutureSeconds);
  if (
    serviceNameFault === undefined &&
    timestampFault === undefined &&
    typeof service_name === 'string' &&
    typeof timestamp === 'number' &&
    (state === 'deploy' || state === 'issue')
  ) {
    return { serviceName: service_name, state, second: Math.floor(timestamp) };
  }
  const faults: FieldError[] = [];
  if (serviceNameFault !== undefined) faults.push({ field: 'service_name', message: serviceNameFault });
  const stateFault = reportedStateFault(state);
  if (stateFault !== undefined) faults.push({ field: 'state', message: stateFault });
  if (timestampFault !== undefined) faults.push({ field: 'timestamp', message: timestampFault });
  return faults;
}

/** Why `state` cannot be reported, or undefined. */
export function reportedStateFault(state: unknown): string | undefined {
  return state === 'deploy' || state === 'issue' ? undefined : 'must be "deploy" or "issue"';
}

function reportTimestampFault(
  timestamp: unknown,
  nowSeconds: number,
  maxFutureSeconds: number,
): string | undefined {
  if (typeof timestamp !== 'number') return 'must be a number of unix seconds';
  return unixSecondsFault(timestamp, nowSeconds, maxFutureSeconds);
}
