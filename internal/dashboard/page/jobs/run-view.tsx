import { serviceUrl } from '../data/service-url.ts';
import { knownNow, tick } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { Link } from '../parts/link.tsx';
import { Ago, Moment, MomentAgo } from '../parts/moment.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { Mark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { routeTo } from '../route/current.ts';
import { formatDuration } from '../time/format.ts';
import type { RunEvents, RunSpan } from './run-events.ts';
import { durationOf, RunState } from './run-state.tsx';
import type { JobRun } from './run.ts';
import { useRunEvents } from './use-run-events.ts';

/** One run of a job: what ran when, what failed and why, and which events told it. */
export function RunView({ job, runId, run }: { job: string; runId: string; run: JobRun | undefined }) {
  redrawWith(tick);
  // Browsers fold these away in paths, whatever the encoding.
  const isAskable = run !== undefined && runId !== '.' && runId !== '..';
  const path = isAskable ? `/job/${encodeURIComponent(job)}/${encodeURIComponent(runId)}/events` : undefined;
  const { events, isCut, fault } = useRunEvents(path, run?.events ?? 0);
  return (
    <>
      <div class="heading">
        <Link to={routeTo('jobs', job)}>
          ← All runs of <bdi>{job}</bdi>
        </Link>
        <h1>
          <bdi>{runId}</bdi>
        </h1>
        {run !== undefined && (
          <p class="now">
            <RunState run={run} /> {durationOf(run)}
            <span class="muted">
              {run.started_at !== null && (
                <>
                  {' since '}
                  <Moment at={run.started_at / 1000} />
                </>
              )}
              {', last heard of '}
              <Ago at={run.last_seen_at / 1000} />
            </span>
          </p>
        )}
      </div>
      {run === undefined && (
        <Empty title="This run was never heard of">Its job has other runs: the way back shows them.</Empty>
      )}
      {run !== undefined && events === undefined && <Waiting fault={fault} />}
      {events !== undefined && (
        <>
          <Fault fault={fault} />
          {isCut && <p class="muted">{`These are its first ${events.count.toLocaleString('en')} events.`}</p>}
          <Failures events={events} />
          <Spans events={events} />
          <Events events={events} path={path} />
        </>
      )}
    </>
  );
}

function Failures({ events: { failures } }: { events: RunEvents }) {
  return (
    <Table
      caption={failures.length === 0 ? 'Nothing is known to have failed' : 'What failed'}
      showsCaption
      rows={failures}
      keyOf={({ what, why }) => `${what} ${why}`}
      columns={[
        { title: 'What', cell: ({ what }) => what },
        { title: 'Why', cell: ({ why }) => <bdi class="wraps">{why === '' ? '–' : why}</bdi> },
        { title: 'Times', isNumber: true, cell: ({ times }) => times },
        { title: 'Last', cell: ({ atMs }) => (atMs === null ? '–' : <MomentAgo at={atMs / 1000} />) },
      ]}
    />
  );
}

const kinds = { application: 'state-idle', query: 'state-idle', job: 'state-deploy', stage: 'state-deploy' };

function Spans({ events: { spans } }: { events: RunEvents }) {
  const nowMs = knownNow() * 1000;
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(startMs + 1, ...spans.map((span) => span.endMs ?? nowMs));
  return (
    <Table
      caption={spans.length === 0 ? 'No stage has begun yet' : 'What ran when'}
      showsCaption
      rows={spans}
      keyOf={({ key }) => key}
      columns={[
        {
          title: 'What',
          cell: ({ kind, key, failed }) => (
            <Mark shape={failed ? '▲' : '●'} kind={failed ? 'state-issue' : kinds[kind]}>
              {key}
            </Mark>
          ),
        },
        { title: 'Name', cell: ({ title }) => (title === '' ? '' : <bdi class="wraps">{title}</bdi>) },
        {
          title: 'When',
          cell: (span) => <SpanBar span={span} startMs={startMs} endMs={endMs} nowMs={nowMs} />,
        },
        {
          title: 'Took',
          isNumber: true,
          cell: (span) =>
            span.endMs === null
              ? `${formatDuration((nowMs - span.startMs) / 1000)} so far`
              : tookOf(span.endMs - span.startMs),
        },
        { title: 'Tasks', isNumber: true, cell: ({ kind, tasks }) => (kind === 'stage' ? tasks : '') },
      ]}
    />
  );
}

function tookOf(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms / 1000);
}

interface SpanBarProps {
  readonly span: RunSpan;
  /** Of all spans. */
  readonly startMs: number;
  readonly endMs: number;
  readonly nowMs: number;
}

/** Where a span lies in its run; what it says stands beside it in words. */
function SpanBar({ span, startMs, endMs, nowMs }: SpanBarProps) {
  const percent = (ms: number) => (100 * ms) / (endMs - startMs);
  const width = percent((span.endMs ?? nowMs) - span.startMs);
  return (
    <div class="span-bar" aria-hidden="true">
      <div
        class={span.failed ? 'span-failed' : ''}
        style={{ left: `${percent(span.startMs - startMs)}%`, width: `${width}%` }}
      />
    </div>
  );
}

function Events({ events, path }: { events: RunEvents; path: string | undefined }) {
  return (
    <section class="card">
      <div class="card-head">
        <h2>{`${events.count.toLocaleString('en')} Spark events`}</h2>
        {path !== undefined && <a href={serviceUrl(path)}>All of them, as JSON</a>}
      </div>
      <ul class="names">
        {events.kinds.map(([kind, count]) => (
          <li key={kind}>{`${count.toLocaleString('en')} × ${kind}`}</li>
        ))}
      </ul>
      {events.newest.length > 0 && (
        <details>
          <summary>{`The last ${events.newest.length}`}</summary>
          <ol class="events">
            {events.newest.map(({ kind, atMs }, index) => (
              <li key={events.count - index}>
                {atMs !== null && <Moment at={atMs / 1000} />} {kind}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}
