import type { DeploymentRecord } from '../deployments/record.ts';
import { Link } from '../parts/link.tsx';
import { Moment } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { routeTo } from '../route/current.ts';
import type { Interval } from '../timeline/bar.ts';
import { formatDuration } from '../time/format.ts';
import { changesBeforeIssues, splitKnown } from './before-issue.ts';
import { isIn, type Span } from '../span/span.ts';

const LISTED_ISSUES = 20;

/** What changed before each issue of the span. */
export function Causes(props: {
  name: string;
  intervals: readonly Interval[];
  span: Span;
  /** Undefined while they are not known. */
  records: readonly DeploymentRecord[] | undefined;
  /** How many intervals of the span there are before these, which are not looked at. */
  earlier: number;
}) {
  const causes = changesBeforeIssues(props.intervals, props.records ?? []).filter(({ issue }) =>
    isIn(props.span, issue),
  );
  if (causes.length === 0) return null;
  const { known, unknown } = splitKnown(causes);
  // While it is not known what was deployed, no issue can be said to have nothing before it.
  const told = (props.records === undefined ? causes : known).slice(0, LISTED_ISSUES);
  return (
    <section class="card">
      <h2>What changed in the hour before each issue</h2>
      <ol class="causes">
        {told.map(({ issue, deploy, records }) => (
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
              {deploy === undefined && records.length === 0 && <li class="muted">not known yet</li>}
            </ul>
          </li>
        ))}
      </ol>
      {props.records !== undefined && unknown > 0 && (
        <p class="muted">
          {known.length === 0
            ? `Before ${unknown === 1 ? 'it' : `all ${unknown}`}`
            : `Before ${unknown} more`}
          : nothing that is known here.
        </p>
      )}
      {props.earlier > 0 && (
        <p class="muted">{`${props.earlier.toLocaleString('en')} earlier intervals were not looked at: zoom in on them.`}</p>
      )}
      {known.length > told.length && <p class="muted">{`The newest ${told.length} of ${known.length}.`}</p>}
    </section>
  );
}
