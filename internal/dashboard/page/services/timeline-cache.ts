import type { Answer, Schema } from '../data/answer.ts';
import type { ShownSpan } from '../span/span.ts';
import type { Timeline } from '../timeline/bar.ts';
import type { TimelineStep } from '../timeline/steps.ts';

/** What `GET /timelines` answers. */
export type TimelinesAnswer = Answer<'/timelines'>;

/** The timelines of an answer, by service. */
export function timelinesOf({ timelines, from, to, step = 1 }: TimelinesAnswer): Map<string, Timeline> {
  return new Map(
    timelines.map(({ service_name, intervals = [], steps }) => [
      service_name,
      {
        from,
        to,
        ...(steps && { steps: steps.map((each) => stepOf(each, Math.min(to, each.start_time + step))) }),
        intervals: intervals.map(({ state, start_time, end_time }) => ({
          state,
          start: start_time,
          end: end_time,
          ...(start_time === from && { isCutAtStart: true }),
          ...(end_time === to && { isCutAtEnd: true }),
        })),
      },
    ]),
  );
}

function stepOf(told: Schema<'TimelineStep'>, end: number): TimelineStep {
  const { start_time: start, deploy_seconds: deploySeconds, issue_seconds: issueSeconds } = told;
  const { deploys, issues } = told;
  return { start, end, deploySeconds, issueSeconds, deploys, issues };
}

// The longest URL that is asked for; longer ones are refused by many servers between.
const MAX_URL = 6000;
const MAX_SERVICES = 100;
// Of all services together; hours at both ends count as well.
const MAX_SECONDS = 9800 * 3600;
// Steps of all services together; clocks may be some seconds apart.
const MAX_POINTS = 10_800;
// A bar of the list is some hundred pixels wide.
const LIST_PLACES = 200;
/** A chart is up to 1,500 pixels wide. */
export const CHART_PLACES = 500;

/**
 * The paths that ask for the timelines of the services in a span, in as few as will do: with no more intervals than `places`,
 * which is about what a bar has room for, by those, and with more of them in steps.
 */
export function timelinePaths(
  names: readonly string[],
  { from, to, follows }: ShownSpan,
  places = LIST_PLACES,
): string[] {
  const step = Math.max(1, Math.ceil((to - from) / places));
  // Of a span that moves along the steps stay where they are.
  const start = follows ? Math.floor(from / step) * step : Math.floor(from);
  const end = follows ? '' : `&to=${Math.ceil(to)}`;
  // V8 keeps what it made of such a number otherwise, and has 48 KiB for that once there are two.
  const shownStart = start.toFixed();
  const fitting = Math.min(MAX_SECONDS / (to - from), MAX_POINTS / (places + 2));
  const most = Math.max(1, Math.min(MAX_SERVICES, Math.floor(fitting)));
  return pathsOf(`/timelines?from=${shownStart}${end}&step=${step}&max_intervals=${places}`, names, most);
}

/** The path that asks for all intervals of a service in a span that is known to have not too many. */
export function intervalsPath(name: string, from: number, { to, follows }: ShownSpan): string {
  const end = follows ? '' : `&to=${Math.ceil(to)}`;
  return `/timelines?from=${Math.floor(from)}${end}&service=${encodeURIComponent(name)}`;
}

/** The paths that ask for services by their names, at most so many at once. */
export function pathsOf(start: string, names: readonly string[], most: number): string[] {
  const paths: string[] = [];
  let path = '';
  let count = 0;
  for (const name of names) {
    const part = `&service=${encodeURIComponent(name)}`;
    if (path === '' || count === most || path.length + part.length > MAX_URL) {
      if (path !== '') paths.push(path);
      path = start;
      count = 0;
    }
    path += part;
    count++;
  }
  if (path !== '') paths.push(path);
  return paths;
}
