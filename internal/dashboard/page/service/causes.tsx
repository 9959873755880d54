import type { DeploymentRecord } from '../deployments/record.ts';
import { Link } from '../parts/link.tsx';
import { Moment } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { routeTo } from '../route/current.ts';
import type { Interval } from '../timeline/bar.ts';
import { formatDuration } from '../time/format.ts';
import { changesBeforeIssues } from './before-issue.ts';
import { isIn, type Span } from './span.ts';

const LISTED_ISSUES = 20;

/** What changed before each issue of the span. */
export function Causes(props: {
  name: string;
  intervals: readonly Interval[];
  span: Span;
  /** Undefined while they are not known. */
  records: readonly DeploymentRecord[] | undefined;
}) {
  const causes = changesBeforeIssues(props.intervals, props.records ?? [])
    .filter(({ issue }) => isIn(props.span, issue))
    .slice(0, LISTED_ISSUES);
  if (causes.length === 0) return null;
  return (
    <section class="card">
      <h2>What changed in the hour before each issue</h2>
      <ol class="causes">
        {causes.map(({ issue, deploy, records }) => (
          <li key={issue.start}>
            <StateMark state="issue" /> <Moment at={issue.start} />
            <ul>
              {deploy !== undefined && (
                <li>
                  <StateMark state="deploy" /> of its own, which ended{' '}
                  {formatDuration(issue.start - (deploy.end ?? issue.start))} before
                </li>
              )}
              {records.slice(0, 5).map((record) => (
                <li key={record.Environment + record.State + record.Timestamp}>
                  <Link to={routeTo('deployments', props.name)}>{record.Environment}</Link>: {record.State},{' '}
                  {formatDuration(issue.start - Date.parse(record.Timestamp) / 1000)} before
                </li>
              ))}
              {deploy === undefined && records.length === 0 && (
                <li class="muted">
                  {props.records === undefined ? 'not known yet' : 'nothing that is known here'}
                </li>
              )}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
