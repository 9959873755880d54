import { endEmpty } from '../../frontdoor/answer.ts';
import { nameFault, unixSecondsFault } from '../../frontdoor/fields.ts';
import { invalidRequest, type FieldError } from '../../frontdoor/problem.ts';
import type { HotWrite } from '../../frontdoor/route.ts';
import { parseJson } from '../../parsing/json.ts';
import { INLINE_BYTES } from '../../parsing/parser.ts';
import type { BodyParser } from '../../parsing/parser-thread.ts';
import type { Pipeline } from '../../pipeline/feature.ts';
import { reportTaker, type Report } from './batches.ts';

/** Returns the handler of `POST /event`: the report is committed when it answers 200. */
export function postEvent({ bodies, parser, shards, config, now }: Pipeline): HotWrite {
  const take = reportTaker(shards);
  const maxFutureSeconds = config.MAX_FUTURE_SECONDS;
  return (request, response, requestId) =>
    bodies.read(request, async (body) => {
      const clock = { nowSeconds: now(), maxFutureSeconds };
      // Only what is blown up with blanks or other fields is large enough for the parser's thread.
      const isSmall = body.length <= INLINE_BYTES;
      const report = isSmall
        ? reportParser.parse(body, clock)
        : await parser.parse(reportParser, body, clock);
      await take(report, response);
      bodies.count(request, 1);
      endEmpty(response, requestId);
    });
}

/** The server's clock in unix seconds, and how far a report may be ahead of it. */
interface ReportClock {
  readonly nowSeconds: number;
  readonly maxFutureSeconds: number;
}

/** The body of `POST /event`. */
export const reportParser: BodyParser<ReportClock, Report> = {
  name: 'report',
  parse(body, { nowSeconds, maxFutureSeconds }) {
    const report = parseReport(parseJson(body), nowSeconds, maxFutureSeconds);
    if (Array.isArray(report)) throw invalidRequest(report);
    return report;
  },
};

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
  const timestampFault =
    typeof timestamp === 'number'
      ? unixSecondsFault(timestamp, nowSeconds, maxFutureSeconds)
      : 'must be a number of unix seconds';
  if (
    typeof service_name === 'string' &&
    nameFault(service_name) === undefined &&
    (state === 'deploy' || state === 'issue') &&
    typeof timestamp === 'number' &&
    timestampFault === undefined
  ) {
    return { serviceName: service_name, state, second: Math.floor(timestamp) };
  }
  const faults = observationFaults(service_name, state);
  if (timestampFault !== undefined) faults.push({ field: 'timestamp', message: timestampFault });
  return faults;
}

/** What is wrong with who is reported, and in which state. */
export function observationFaults(serviceName: unknown, state: unknown): FieldError[] {
  const faults: FieldError[] = [];
  const serviceNameFault = nameFault(serviceName);
  if (serviceNameFault !== undefined) faults.push({ field: 'service_name', message: serviceNameFault });
  if (state !== 'deploy' && state !== 'issue') {
    faults.push({ field: 'state', message: 'must be "deploy" or "issue"' });
  }
  return faults;
}
