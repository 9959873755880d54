import type { ExpectedAnswers, ReportBody } from './vectors.ts';

/**
 * The timeline's rules as literally as they can be written: one second at a time, no ranges, nothing shared with the
 * service. Slow, and meant to be: tests compare the service with it.
 */
export function modelAnswers(
  reports: readonly ReportBody[],
  now: number,
  { gapSeconds = 2, maxDelaySeconds = 10 } = {},
): {
  services: Map<string, { state: string; since: number }>;
  latestEvents: Map<string, ExpectedAnswers['latest_events']>;
} {
  const services = new Map<string, { state: string; since: number }>();
  const latestEvents = new Map<string, ExpectedAnswers['latest_events']>();
  for (const name of new Set(reports.map((report) => report.service_name))) {
    // Rule 1: the state of each observed second; an issue beats a deploy.
    const stateOfSecond = new Map<number, string>();
    for (const { service_name, state, timestamp } of reports) {
      if (service_name !== name) continue;
      const second = Math.floor(timestamp);
      if (stateOfSecond.get(second) !== 'issue') stateOfSecond.set(second, state);
    }
    // Rules 2 and 3: walk over the seconds in order.
    const intervals: { state: string; start_time: number; end_time: number | null }[] = [];
    let previousSecond = -Infinity;
    for (const [second, state] of [...stateOfSecond].sort(([a], [b]) => a - b)) {
      const current = intervals.at(-1);
      if (current?.state === state && second - previousSecond <= gapSeconds) current.end_time = second + 1;
      else intervals.push({ state, start_time: second, end_time: second + 1 });
      previousSecond = second;
    }
    // Rule 4: the last interval, while a report that continues it may still come.
    const last = intervals.at(-1);
    if (last === undefined || last.end_time === null) continue;
    if (now < last.end_time + gapSeconds - 1 + maxDelaySeconds) {
      services.set(name, { state: last.state, since: last.start_time });
      last.end_time = null;
    } else {
      services.set(name, { state: 'idle', since: last.end_time });
    }
    latestEvents.set(name, intervals.reverse().slice(0, 50));
  }
  return { services, latestEvents };
}
