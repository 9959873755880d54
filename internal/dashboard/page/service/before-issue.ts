import type { Interval } from '../timeline/bar.ts';
import type { DeploymentRecord } from '../deployments/record.ts';

/** An issue, and what changed shortly before it began. */
export interface IssueCause {
  readonly issue: Interval;
  /** The service's own last deploy that began before. */
  readonly deploy: Interval | undefined;
  /** Records of deployments of the component of the same name, newest first. */
  readonly records: readonly DeploymentRecord[];
}

// What changed longer ago is seldom why.
export const LOOK_BACK_SECONDS = 3600;

/** For each issue of a timeline, newest first, what changed in the hour before it. Intervals are oldest first. */
export function changesBeforeIssues(
  intervals: readonly Interval[],
  records: readonly DeploymentRecord[],
): IssueCause[] {
  const causes = intervals.flatMap((issue, index): IssueCause[] => {
    // Of one that began before the span it is not known here when it did.
    if (issue.state !== 'issue' || issue.isCutAtStart === true) return [];
    const recent = (at: number) => at <= issue.start && at > issue.start - LOOK_BACK_SECONDS;
    const deploy = intervals
      .slice(0, index)
      .findLast(({ state, start, end }) => state === 'deploy' && recent(end ?? start));
    const changed = records.filter(({ Timestamp }) => recent(Date.parse(Timestamp) / 1000));
    return [{ issue, deploy, records: changed.toReversed() }];
  });
  return causes.reverse();
}

/** Those of the issues before which something changed, and how many others there are. */
export function splitKnown(causes: readonly IssueCause[]): {
  readonly known: readonly IssueCause[];
  readonly unknown: number;
} {
  const known = causes.filter(({ deploy, records }) => deploy !== undefined || records.length > 0);
  return { known, unknown: causes.length - known.length };
}
