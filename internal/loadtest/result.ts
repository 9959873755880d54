import type { LatencySummary } from './tally.ts';
import type { Verification } from './verify/verification.ts';

/** What a load test did, as `--json` prints it. */
export interface LoadResult {
  readonly mode: string;
  readonly seed: number;
  readonly connections: number;
  /** Whether it was ended by a signal. */
  readonly interrupted: boolean;
  /** From the start to the last answer. */
  readonly seconds: number;
  /** Acknowledged requests, and the events in them. */
  readonly requests: number;
  readonly events: number;
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly mebibytesPerSecond: number;
  /** Of acknowledged requests, from when they should have been sent (--rate) or were sent first. */
  readonly latencyMs: LatencySummary;
  /** By kind: how many tries ended so, and what the first answer of the kind said. */
  readonly errors: Readonly<Record<string, { readonly count: number; readonly detail: string }>>;
  readonly retries: number;
  /** Requests that were never acknowledged. */
  readonly givenUp: number;
  /** Requests that were due at the fixed rate when the time was over, but found no free connection. */
  readonly notSent: number;
  /** For so long a connection waited for a request to be built: beyond a percent or so, this is what was measured. */
  readonly starvedSeconds: number;
  readonly verification: Verification | null;
}

/** The exit status: 1 if nothing succeeded, or nothing could be compared, or something is different. */
export function exitStatusOf({ requests, verification }: LoadResult): 0 | 1 {
  if (requests === 0) return 1;
  if (verification === null) return 0;
  return verification.different === 0 && verification.compared > 0 ? 0 : 1;
}

/** The result for people to read, with a line end. */
export function resultTable(result: LoadResult): string {
  const { seconds, latencyMs } = result;
  const rows: [string, string][] = [
    ['mode', `${result.mode}, seed ${result.seed}, ${result.connections} connections`],
    ['time', `${seconds.toFixed(2)} s${result.interrupted ? ', interrupted' : ''}`],
    ['requests', `${whole(result.requests)} (${whole(result.requestsPerSecond)}/s)`],
    ['events', `${whole(result.events)} (${whole(result.eventsPerSecond)}/s)`],
    ['sent', `${result.mebibytesPerSecond.toFixed(2)} MiB/s`],
    ...latencyRows(latencyMs),
    ...errorRows(result),
  ];
  if (result.retries > 0) rows.push(['sent again', whole(result.retries)]);
  if (result.givenUp > 0) rows.push(['given up', whole(result.givenUp)]);
  if (result.notSent > 0) rows.push(['not sent', `${whole(result.notSent)} were due when the time was over`]);
  if (result.starvedSeconds > 0) {
    rows.push(['waited', `${result.starvedSeconds.toFixed(2)} s for requests to be built`]);
  }
  rows.push(...verificationRows(result));
  return rows.map(([name, text]) => `${name.padEnd(11)} ${text}\n`).join('');
}

/** Three digits or so, as the histogram has them. */
export function milliseconds(ms: number | null): string {
  return ms === null ? '-' : `${ms < 100 ? ms.toFixed(2) : whole(ms)} ms`;
}

/** A number without a fraction. */
export function whole(number: number): string {
  return Math.round(number).toLocaleString('en');
}

function latencyRows({ p50, p90, p99, p99_9, max }: LatencySummary): [string, string][] {
  const named = Object.entries({ p50, p90, p99, 'p99.9': p99_9, max });
  return named.map(([name, ms]) => [`  ${name}`, milliseconds(ms)]);
}

function errorRows({ errors }: LoadResult): [string, string][] {
  const kinds = Object.entries(errors);
  if (kinds.length === 0) return [['errors', '0']];
  const all = kinds.reduce((sum, [, { count }]) => sum + count, 0);
  return [
    ['errors', whole(all)],
    ...kinds.map(([kind, { count, detail }]): [string, string] => [
      `  ${kind}`,
      `${whole(count)}  ${detail}`.trim(),
    ]),
  ];
}

function verificationRows({ verification }: LoadResult): [string, string][] {
  if (verification === null) return [];
  const { compared, notComparable, different, first } = verification;
  const rest = notComparable > 0 ? `, ${whole(notComparable)} not comparable` : '';
  return [
    ['verified', `${whole(compared)} services compared${rest}: ${whole(different)} differences`],
    ...first.map(({ service, question, expected, got }): [string, string] => [
      '  differs',
      `${JSON.stringify(service)} ${question}: expected ${expected}, got ${got}`,
    ]),
  ];
}
