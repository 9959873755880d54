import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { reportCommand } from '../commands/commands.ts';
import { useData } from '../data/use-data.ts';
import type { RecordsAnswer } from '../deployments/record.ts';
import { freshness, knownNow, services, tick, told } from '../live/store.ts';
import { Copyable } from '../parts/copyable.tsx';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { Link } from '../parts/link.tsx';
import { Moment, Since } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import { route, show, withQuery } from '../route/current.ts';
import { timelinePaths, timelinesOf, type TimelinesAnswer } from '../services/timeline-cache.ts';
import type { Interval } from '../timeline/bar.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { formatDuration, formatShare } from '../time/format.ts';
import { changesBeforeIssues, LOOK_BACK_SECONDS } from './before-issue.ts';
import { pan, queryOf, spanOf, zoom, type Span } from './span.ts';
import type { StatsAnswer } from './stats.ts';
import { TimelineChart } from './timeline-chart.tsx';
import { redrawWith } from '../parts/redraw.ts';

// How often the history of a span that reaches up to now is asked for anew, in seconds.
const FOLLOW_SECONDS = 2;
const STATS_SECONDS = 10;
const LISTED_INTERVALS = 200;
const LISTED_ISSUES = 20;

/** One service: its timeline, figures and intervals, and what changed before its issues. */
export function ServiceView({ name }: { name: string }) {
  redrawWith(tick, told);
  const now = knownNow();
  const span = spanOf(route.value.query, now);
  const { intervals, fault } = useIntervals(name, span);
  const stats = useData<StatsAnswer>(statsPath(name, span), STATS_SECONDS * 1000);
  const records = useRecords(name, span);
  const service = services.get(name);
  const onSpan = (next: Span) => show(withQuery(queryOf(next, knownNow())), { replace: true });
  if (service === undefined && freshness.value === 'live' && intervals?.length === 0) {
    return (
      <>
        <BackToAll />
        <Empty title={`${name} was never reported`} command={reportCommand(location.origin, name)}>
          Agents report what state they see a service in. Send a first report of it:
        </Empty>
      </>
    );
  }
  return (
    <>
      <Heading name={name}>
        {service !== undefined && (
          <p class="now">
            <StateMark state={service.state} /> for <Since at={service.since} />
            <span class="muted">
              {' '}
              since <Moment at={service.since} />
            </span>
          </p>
        )}
      </Heading>
      <section class="card">
        <div class="card-head">
          <h2>Timeline</h2>
          <span class="muted">
            <Moment at={span.from} /> – {span.follows ? 'now' : <Moment at={span.to} />}
          </span>
          <div class="buttons" role="group" aria-label="Span">
            <button type="button" onClick={() => onSpan(pan(span, -0.5, now))} aria-label="Earlier">
              ←
            </button>
            <button type="button" onClick={() => onSpan(pan(span, 0.5, now))} aria-label="Later">
              →
            </button>
            <button
              type="button"
              onClick={() => onSpan(zoom(span, 0.5, span.follows ? 1 : 0.5))}
              aria-label="Zoom in"
            >
              +
            </button>
            <button
              type="button"
              onClick={() => onSpan(zoom(span, 2, span.follows ? 1 : 0.5))}
              aria-label="Zoom out"
            >
              −
            </button>
            {spans.map(([title, seconds]) => (
              <button key={title} type="button" onClick={() => onSpan({ from: now - seconds, to: now })}>
                {title}
              </button>
            ))}
          </div>
        </div>
        <TimelineChart name={name} intervals={intervals} span={span} onSpan={onSpan} />
        <Fault fault={fault} />
      </section>
      {stats.value !== undefined && <Figures stats={stats.value} />}
      <Fault fault={stats.fault} />
      <Causes name={name} intervals={intervals ?? []} span={span} records={records} />
      <Intervals intervals={(intervals ?? []).filter((each) => isIn(span, each))} />
      <Embeds name={name} />
    </>
  );
}

const spans: readonly (readonly [title: string, seconds: number])[] = [
  ['1 h', 3600],
  ['24 h', 86_400],
  ['7 d', 7 * 86_400],
];

function Heading({ name, children }: { name: string; children?: ComponentChildren }) {
  return (
    <div class="heading">
      <BackToAll />
      <h1>
        <bdi>{name}</bdi>
      </h1>
      {children}
    </div>
  );
}

function BackToAll() {
  return (
    <Link to={{ view: 'services', name: undefined, query: { utc: route.value.query.utc ?? '' } }}>
      ← All services
    </Link>
  );
}

function isIn({ from }: Span, { end }: Interval): boolean {
  return end === null || end > from;
}

/** The intervals of the span and of some time before it, in which causes are looked for. */
function useIntervals(name: string, span: ReturnType<typeof spanOf>) {
  // A moving span is asked for in steps, a little longer than it is seen.
  const step = span.follows ? FOLLOW_SECONDS : 1;
  const from = Math.max(0, Math.floor(span.from / step) * step - LOOK_BACK_SECONDS);
  const [path = ''] = timelinePaths([name], from);
  const end = span.follows ? '' : `&to=${Math.ceil(span.to)}`;
  const { value, fault } = useData<TimelinesAnswer>(path + end, STATS_SECONDS * 1000);
  useEffect(() => {
    if (value !== undefined) provisionalSeconds.value = value.provisional_seconds;
  }, [value]);
  const last = useLast(value === undefined ? undefined : timelinesOf(value).get(name));
  return { intervals: last, fault };
}

/** The last value that was there: while the next answer is awaited, the one before stays. */
function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef<T>(undefined);
  if (value !== undefined) last.current = value;
  return last.current;
}

function statsPath(name: string, { from, to, follows }: ReturnType<typeof spanOf>): string | undefined {
  // Browsers fold these away in paths, whatever the encoding.
  if (name === '.' || name === '..') return undefined;
  const start = Math.floor(from / STATS_SECONDS) * STATS_SECONDS;
  if (to - start > 366 * 86_400) return undefined;
  return `/services/${encodeURIComponent(name)}/stats?from=${start}${follows ? '' : `&to=${Math.ceil(to)}`}`;
}

function useRecords(name: string, { from, to }: Span) {
  const isComponent = /^[a-z0-9][a-z0-9.-]*$/.test(name);
  const start = Math.floor((from - LOOK_BACK_SECONDS) / 60) * 60;
  const path = `/historical/${encodeURIComponent(name)}?from=${iso(start)}&to=${iso(Math.ceil(to / 60) * 60)}&limit=1000`;
  return useData<RecordsAnswer>(isComponent ? path : undefined, STATS_SECONDS * 1000).value?.Records ?? [];
}

function iso(unixSeconds: number): string {
  return new Date(Math.max(0, unixSeconds) * 1000).toISOString();
}

function Figures({ stats }: { stats: StatsAnswer }) {
  const figures: readonly (readonly [title: string, value: string])[] = [
    ['in issue', formatShare(stats.time_share.issue)],
    ['in deploy', formatShare(stats.time_share.deploy)],
    ['idle', formatShare(stats.time_share.idle)],
    ['issues begun', String(stats.intervals.issue)],
    ['deploys begun', String(stats.intervals.deploy)],
    ['mean issue', durationOr(stats.mean_issue_seconds)],
    ['longest issue', durationOr(stats.longest_issue_seconds)],
    [
      'deploys followed by an issue',
      stats.change_failure_rate === null ? '–' : formatShare(stats.change_failure_rate),
    ],
  ];
  return (
    <dl class="figures" aria-label="Figures of the span">
      {figures.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function durationOr(seconds: number | null): string {
  return seconds === null ? '–' : formatDuration(seconds);
}

function Causes(props: {
  name: string;
  intervals: readonly Interval[];
  span: Span;
  records: RecordsAnswer['Records'];
}) {
  const causes = changesBeforeIssues(props.intervals, props.records)
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
                  <Link
                    to={{
                      view: 'deployments',
                      name: props.name,
                      query: { utc: route.value.query.utc ?? '' },
                    }}
                  >
                    {record.Environment}
                  </Link>
                  : {record.State}, {formatDuration(issue.start - Date.parse(record.Timestamp) / 1000)} before
                </li>
              ))}
              {deploy === undefined && records.length === 0 && (
                <li class="muted">nothing that is known here</li>
              )}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Intervals({ intervals }: { intervals: readonly Interval[] }) {
  const newest = intervals.toReversed().slice(0, LISTED_INTERVALS);
  const title = `Intervals of the span${intervals.length > LISTED_INTERVALS ? `: the newest ${LISTED_INTERVALS} of ${intervals.length}` : ''}`;
  return (
    <Table
      caption={title}
      showsCaption
      rows={newest}
      keyOf={({ start }) => String(start)}
      columns={[
        { title: 'State', cell: ({ state }) => <StateMark state={state} /> },
        {
          title: 'From',
          cell: ({ start, isCutAtStart }) => (
            <>
              {isCutAtStart === true && 'before '}
              <Moment at={start} />
            </>
          ),
        },
        {
          title: 'To',
          cell: ({ end, isCutAtEnd }) =>
            end === null ? (
              'ongoing'
            ) : (
              <>
                {isCutAtEnd === true && 'after '}
                <Moment at={end} />
              </>
            ),
        },
        {
          title: 'Duration',
          isNumber: true,
          cell: ({ start, end, isCutAtStart, isCutAtEnd }) => (
            <>
              {(isCutAtStart === true || isCutAtEnd === true) && 'more than '}
              {end === null ? <Since at={start} /> : formatDuration(end - start)}
            </>
          ),
        },
      ]}
    />
  );
}

function Embeds({ name }: { name: string }) {
  if (name === '.' || name === '..') return null;
  const path = `${location.origin}/services/${encodeURIComponent(name)}`;
  const badge = `[![${name.replaceAll(/[[\]\\]/g, '\\$&')}](${path}/badge.svg)](${location.origin}/#/services/${encodeURIComponent(name)})`;
  return (
    <details class="card">
      <summary>Show this service elsewhere</summary>
      <p>As a badge and as the last hour, for READMEs and wikis:</p>
      <Copyable label="Markdown of the badge" text={badge} />
      <Copyable label="Markdown of the timeline" text={`![the last hour](${path}/timeline.svg)`} />
    </details>
  );
}
