import type { Answer } from '../data/answer.ts';
import { useData } from '../data/use-data.ts';
import { checks, freshness, isAnythingKnown, knownNow, services, tick, told } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { FigureList } from '../parts/figure-list.tsx';
import { BackToAll, Heading } from '../parts/heading.tsx';
import { holeSecondsOf } from '../parts/holes.ts';
import { LineGraph } from '../parts/line-graph.tsx';
import { Link } from '../parts/link.tsx';
import { Ago, Moment, MomentAgo, Since } from '../parts/moment.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { StateMark } from '../parts/state-mark.tsx';
import { Table } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { routeTo } from '../route/current.ts';
import { shownSpan, showSpan, usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import type { ShownSpan } from '../span/span.ts';
import { formatDuration } from '../time/format.ts';
import { Outcome } from './outcome.tsx';

/** What `GET /checks/history` answers. */
type HistoryAnswer = Answer<'/checks/history'>;

const EACH_MS = 5000;
const STEP_SECONDS = 10;
// As long as checks are kept.
const DAY_SECONDS = 86_400;
const SOON_SECONDS = 14 * DAY_SECONDS;
const GRAPH_HEIGHT = 170;

/** One target: what its last check came to, how long it took to answer, and why it failed. */
export function CheckView({ name }: { name: string }) {
  redrawWith(told, tick);
  const now = knownNow();
  const span = shownSpan(usual.hour);
  const check = checks.items.get(name);
  const { value, fault } = useData<HistoryAnswer>(
    check === undefined ? undefined : historyPath(name, span, now),
    EACH_MS,
  );
  if (check === undefined) {
    if (!isAnythingKnown.value) return <Waiting />;
    return (
      <>
        <BackToAll />
        {freshness.value === 'live' && (
          <Empty
            title={`${name} is not checked`}
            command="CHECK_TARGETS=web=http://localhost:3000/health ./scripts/start.sh"
          >
            Name what the service should check, as name=url, separated by commas:
          </Empty>
        )}
      </>
    );
  }
  return (
    <>
      <Heading name={name}>
        <p class="now">
          <Outcome {...check} />
          {check.last !== null && (
            <span class="muted">
              {' '}
              <Ago at={Date.parse(check.last.timestamp) / 1000} />
            </span>
          )}
        </p>
        <OwnService name={name} />
      </Heading>
      {check.failed && !check.overdue && check.error !== null && (
        <p class="check-error">
          <bdi>{check.error}</bdi>
        </p>
      )}
      {value === undefined ? (
        <Waiting fault={fault} />
      ) : (
        <History name={name} history={value} span={span} now={now} fault={fault} />
      )}
    </>
  );
}

/** The way to the service of that name, and what it is in. */
function OwnService({ name }: { name: string }) {
  const service = services.get(name);
  return (
    <p class="own-check">
      <Link to={routeTo('services', name)}>Its service</Link>
      {service === undefined ? (
        <span class="muted"> was never in issue</span>
      ) : (
        <>
          {': '}
          <StateMark state={service.state} /> for <Since at={service.since} />
        </>
      )}
    </p>
  );
}

function historyPath(name: string, { from, to, follows }: ShownSpan, now: number): string {
  const earliest = now - DAY_SECONDS;
  const end = Math.max(Math.ceil(to), Math.ceil(earliest) + STEP_SECONDS);
  const start = Math.ceil(Math.max(from, earliest, end - DAY_SECONDS) / STEP_SECONDS) * STEP_SECONDS;
  return `/checks/history?target=${encodeURIComponent(name)}&from=${start}${follows ? '' : `&to=${end}`}`;
}

interface HistoryProps {
  readonly name: string;
  readonly history: HistoryAnswer;
  readonly span: ShownSpan;
  readonly now: number;
  readonly fault: ReturnType<typeof useData>['fault'];
}

function History({ name, history, span, now, fault }: HistoryProps) {
  const { asked, points, last_failures: failures } = history;
  const times = points.map(({ from }) => from);
  // A check or two may be late.
  const holeSeconds = holeSecondsOf(times, 3 * (asked?.interval_seconds ?? 0));
  const latencies = (['p50', 'p90', 'p99'] as const).map((title) => ({
    title,
    values: points.map(({ latency_ms: told }) => told?.[title] ?? null),
  }));
  return (
    <>
      <FigureList label="Figures of the span" figures={figuresOf(history, now)} />
      <section class="card">
        <div class="card-head">
          <h2>Latency</h2>
          <span class="muted">
            {now - span.from > DAY_SECONDS + 60 ? (
              'checks are kept for a day'
            ) : (
              <>
                <Moment at={span.from} /> – {span.follows ? 'now' : <Moment at={span.to} />}
              </>
            )}
          </span>
          <SpanPicker usualSeconds={usual.hour} />
        </div>
        {points.length === 0 && <p class="muted">There was no check in this time.</p>}
        <LineGraph
          label={`Latency of ${name}: half, nine of ten and 99 of 100 answers took no longer`}
          unit=" ms"
          height={GRAPH_HEIGHT}
          times={times}
          span={span}
          holeSeconds={holeSeconds}
          lines={latencies}
          onSpan={showSpan}
        />
        <Fault fault={fault} />
      </section>
      {points.length > 0 && (
        <section class="card">
          <h2>Failures, in percent</h2>
          <LineGraph
            label={`Failure percentage of ${name}`}
            unit=" %"
            maximum={100}
            colour="issue-fill"
            height={110}
            times={times}
            span={span}
            holeSeconds={holeSeconds}
            onSpan={showSpan}
            lines={[{ title: 'failed', values: points.map(({ failure_percent: percent }) => percent) }]}
          />
        </section>
      )}
      <Table
        caption={failures.length === 0 ? 'No failure in the last day' : 'The last failures'}
        showsCaption
        rows={failures}
        keyOf={({ timestamp }) => timestamp}
        columns={[
          { title: 'When', cell: ({ timestamp }) => <MomentAgo at={Date.parse(timestamp) / 1000} /> },
          { title: 'Outcome', cell: (failure) => <Outcome last={failure} failed overdue={false} /> },
          { title: 'Why', cell: ({ error }) => <bdi class="wraps">{error ?? '–'}</bdi> },
          { title: 'After', isNumber: true, cell: ({ latency_ms: ms }) => `${ms.toFixed(1)} ms` },
        ]}
      />
      <section class="card">
        <h2>How it is checked</h2>
        {asked === null ? (
          <p class="muted">By another replica: this one is not configured to check it.</p>
        ) : (
          <p class="wraps">
            <code>
              {asked.method} {asked.url}
            </code>{' '}
            each {asked.interval_seconds} s, for at most {asked.timeout_seconds} s; expected: status{' '}
            {asked.status}
            {asked.body_contains !== null && `, a body that contains “${asked.body_contains}”`}.{' '}
            {asked.retries > 0 && `It counts as failing after ${asked.retries + 1} failures in a row.`}
          </p>
        )}
      </section>
    </>
  );
}

function figuresOf(
  { total, failures, failure_percent, latency_ms: latency, certificate_end, asked }: HistoryAnswer,
  now: number,
): readonly (readonly [title: string, value: string, isBad?: boolean])[] {
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} ms`);
  const leftSeconds = certificate_end === null ? undefined : Date.parse(certificate_end) / 1000 - now;
  return [
    ['checks', String(total)],
    ['failures', String(failures)],
    ['failed', total === 0 ? '–' : `${failure_percent.toFixed(1)} %`],
    ['half answered within', ms(latency?.p50)],
    ['90 % within', ms(latency?.p90)],
    ['99 % within', ms(latency?.p99)],
    ['certificate ends', endOf(leftSeconds), leftSeconds !== undefined && leftSeconds < SOON_SECONDS],
    ['checked each', asked === null ? '–' : formatDuration(asked.interval_seconds)],
  ];
}

function endOf(leftSeconds: number | undefined): string {
  if (leftSeconds === undefined) return '–';
  return leftSeconds > 0 ? `in ${formatDuration(leftSeconds)}` : `${formatDuration(-leftSeconds)} ago`;
}
