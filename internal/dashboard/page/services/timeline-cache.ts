import type { Answer } from '../data/answer.ts';
import type { ShownSpan } from '../span/span.ts';
import type { Timeline } from '../timeline/bar.ts';

/** What `GET /timelines` answers. */
export type TimelinesAnswer = Answer<'/timelines'>;

/** The timelines of an answer, by service. */
export function timelinesOf({ timelines, from, to }: TimelinesAnswer): Map<string, Timeline> {
  return new Map(
    timelines.map(({ service_name, intervals }) => [
      service_name,
      {
        from,
        to,
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

// The longest URL that is asked for; longer ones are refused by many servers between.
const MAX_URL = 6000;
const MAX_SERVICES = 100;
// Of all services together; hours at both ends count as well.
const MAX_SECONDS = 9800 * 3600;

/** The paths that ask for the timelines of the services in a span, in as few as will do. */
export function timelinePaths(names: readonly string[], { from, to, follows }: ShownSpan): string[] {
  const end = follows ? '' : `&to=${Math.ceil(to)}`;
  const most = Math.max(1, Math.min(MAX_SERVICES, Math.floor(MAX_SECONDS / (to - from))));
  return pathsOf(`/timelines?from=${Math.floor(from)}${end}`, names, most);
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
