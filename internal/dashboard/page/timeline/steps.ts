/** What a service was in during some seconds, where it had too many intervals to be told one by one. Times in unix seconds. */
export interface TimelineStep {
  readonly start: number;
  readonly end: number;
  readonly deploySeconds: number;
  readonly issueSeconds: number;
  /** Intervals that begin in it. */
  readonly deploys: number;
  readonly issues: number;
}

/** Steps added up, from the beginning of the first to the end of the last; undefined of none. */
export function sumOf(steps: readonly TimelineStep[]): TimelineStep | undefined {
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const sum = (valueOf: (step: TimelineStep) => number) =>
    steps.reduce((total, step) => total + valueOf(step), 0);
  return {
    ...{ start: first.start, end: last.end },
    ...{ deploySeconds: sum((each) => each.deploySeconds), issueSeconds: sum((each) => each.issueSeconds) },
    ...{ deploys: sum(({ deploys }) => deploys), issues: sum(({ issues }) => issues) },
  };
}

// An answer with as many intervals stays below a megabyte.
const MOST_TAIL_SECONDS = 3 * 3600;

/** From when on to ask for the newest intervals, at least so many of them if that is not too long ago. */
export function tailStart(steps: readonly TimelineStep[], least: number): number | undefined {
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  let { start } = last;
  let count = 0;
  for (let index = steps.length - 1; index >= 0 && count < least; index--) {
    const step = steps[index] ?? last;
    start = step.start;
    count += step.deploys + step.issues;
  }
  return count > 2 * least ? Math.max(start, last.end - MOST_TAIL_SECONDS) : start;
}
