import { seen } from '../load-plan.ts';
import type { TimelineRules } from './verification.ts';

/** As `GET /services/:name/latest-events` answers. */
export interface Interval {
  readonly state: string;
  readonly start_time: number;
  readonly end_time: number | null;
}

/** As `GET /services` answers. */
export interface Current {
  readonly state: string;
  readonly since: number;
}

/** What the service must answer about one service. */
export interface ExpectedAnswers {
  readonly latestEvents: readonly Interval[];
  readonly current: Current;
}

const LATEST_EVENTS = 50;

/**
 * The answers that follow from the sightings of a service (sorted, at least one), by the rules of the timeline as
 * they are promised (docs/architecture.md), written down a second time and in the plainest way: this is what the
 * service is judged by.
 */
export function expectedAnswers(
  sightings: Iterable<number>,
  startSecond: number,
  rules: TimelineRules,
  nowSeconds: number,
): ExpectedAnswers {
  // 1. A second seen in both states is an issue.
  const stateOfSecond = new Map<number, string>();
  for (const sighting of sightings) {
    const { second, isIssue } = seen(sighting);
    if (isIssue) stateOfSecond.set(startSecond + second, 'issue');
    else if (!stateOfSecond.has(startSecond + second)) stateOfSecond.set(startSecond + second, 'deploy');
  }

  // 2. Neighbours of the same state that are near enough are one interval. 3. It ends a second after its last.
  const intervals: { state: string; start: number; end: number }[] = [];
  let previousSecond = -Infinity;
  for (const [second, state] of stateOfSecond) {
    const last = intervals.at(-1);
    if (last?.state === state && second - previousSecond <= rules.gapSeconds) last.end = second + 1;
    else intervals.push({ state, start: second, end: second + 1 });
    previousSecond = second;
  }

  // 4. The last one is ongoing while a report that would continue it could still come.
  const last = intervals.at(-1);
  if (last === undefined) throw new RangeError('a service without sightings has no timeline');
  const isOngoing = nowSeconds < last.end + rules.gapSeconds - 1 + rules.maxDelaySeconds;
  return {
    latestEvents: intervals
      .map(({ state, start, end }) => ({
        state,
        start_time: start,
        end_time: isOngoing && start === last.start ? null : end,
      }))
      .reverse()
      .slice(0, LATEST_EVENTS),
    current: isOngoing ? { state: last.state, since: last.start } : { state: 'idle', since: last.end },
  };
}
