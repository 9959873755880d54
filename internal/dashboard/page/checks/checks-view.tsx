import { useData } from '../data/use-data.ts';
import { checks, isAnythingKnown, knownNow, told } from '../live/store.ts';
import { Empty } from '../parts/empty.tsx';
import { Fault } from '../parts/fault.tsx';
import { holeSecondsOf } from '../parts/holes.ts';
import { LineGraph } from '../parts/line-graph.tsx';
import { Ago } from '../parts/moment.tsx';
import { Link } from '../parts/link.tsx';
import { Name } from '../parts/name.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { Outcome } from './outcome.tsx';
import { outcomeTable, type OutcomeRow } from './outcomes.ts';
import { percentLines, WINDOW_SECONDS, type PercentAnswer } from './percent-lines.ts';
import { redrawWith } from '../parts/redraw.ts';
import { routeTo } from '../route/current.ts';
import { shownSpan, showSpan, usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { boundsOf, titleOf, type ShownSpan } from '../span/span.ts';

const EACH_MS = 5000;
const SHOWN_GRAPHS = 24;
const GRAPH_HEIGHT = 110;
// As long as checks are kept.
const DAY_SECONDS = 86_400;
// More than a graph has pixels for are not asked for.
const MOST_POINTS = 360;

/** What the service's own checks of targets came to in the last five minutes. */
export function ChecksView() {
  redrawWith(told);
  const span = shownSpan(usual.halfHour);
  const percent = useData<PercentAnswer>(checks.items.size === 0 ? undefined : percentPath(span), EACH_MS);
  if (checks.items.size === 0) {
    if (!isAnythingKnown.value) return <Waiting />;
    return (
      <Empty
        title="Nothing is checked"
        command="CHECK_TARGETS=web=http://localhost:3000/health ./scripts/start.sh"
      >
        Name what the service should check, as name=url, separated by commas:
      </Empty>
    );
  }
  const { codes, rows } = outcomeTable(checks.items);
  const { times, byTarget } = percentLines(percent.value ?? { points: [] });
  const holeSeconds = holeSecondsOf(times, WINDOW_SECONDS);
  return (
    <>
      <h1>Checks</h1>
      <Table
        caption="Checks of the last five minutes"
        showsCaption
        rows={rows}
        keyOf={({ target }) => target}
        holdsOrder
        routeOf={({ target }) => routeTo('checks', target)}
        columns={columnsOf(codes)}
      />
      <section class="card">
        <div class="card-head">
          <h2>Failures of the five minutes before, in percent</h2>
          {knownNow() - span.from > DAY_SECONDS + 60 && <span class="muted">checks are kept for a day</span>}
          <SpanPicker usualSeconds={usual.halfHour} />
        </div>
        {percent.value === undefined && <Waiting fault={percent.fault} />}
        {percent.value?.points.length === 0 && <p class="muted">There was no check in this time.</p>}
        <div class="graphs">
          {rows.slice(0, SHOWN_GRAPHS).map(({ target }) => {
            const values = byTarget.get(target);
            return values === undefined ? null : (
              <div key={target}>
                <LineGraph
                  label={`Failure percentage of ${target} over ${titleOf(span)}`}
                  unit=" %"
                  maximum={100}
                  colour="issue-fill"
                  height={GRAPH_HEIGHT}
                  times={times}
                  span={span}
                  holeSeconds={holeSeconds}
                  lines={[{ title: target, values }]}
                  onSpan={showSpan}
                />
              </div>
            );
          })}
        </div>
        {rows.length > SHOWN_GRAPHS && (
          <p class="muted">{`The worst ${SHOWN_GRAPHS} of ${rows.length} targets.`}</p>
        )}
        {percent.value !== undefined && <Fault fault={percent.fault} />}
      </section>
    </>
  );
}

/** Of no more than the day that checks are kept. */
function percentPath(span: ShownSpan): string {
  const to = span.follows ? knownNow() : Math.max(span.to, knownNow() - DAY_SECONDS);
  const from = Math.max(span.from, to - DAY_SECONDS + 60);
  const step = Math.floor((to - from) / MOST_POINTS);
  const bounds = boundsOf({ from, to: Math.max(to, from + 60), follows: span.follows });
  return `/checks/percent?${new URLSearchParams([...bounds]).toString()}${step > 1 ? `&step=${step}` : ''}`;
}

function columnsOf(codes: readonly string[]): Column<OutcomeRow>[] {
  return [
    {
      title: 'Target',
      cell: ({ target }) => (
        <Link to={routeTo('checks', target)}>
          <Name text={target} />
        </Link>
      ),
    },
    { title: 'Now', cell: (row) => <Outcome {...row} /> },
    {
      title: 'Failures',
      isNumber: true,
      cell: ({ failurePercent }) => (failurePercent === null ? '–' : `${failurePercent.toFixed(1)} %`),
    },
    { title: 'No response', isNumber: true, cell: ({ noResponse }) => noResponse },
    ...codes.map((code): Column<OutcomeRow> => ({
      title: code,
      isNumber: true,
      cell: ({ counts }) => counts[code] ?? 0,
    })),
    { title: 'Checks', isNumber: true, cell: ({ total }) => total },
    {
      title: 'Latency',
      isNumber: true,
      cell: ({ last }) => (last === null ? '–' : `${last.latency_ms.toFixed(1)} ms`),
    },
    {
      title: 'Checked',
      isNumber: true,
      cell: ({ last }) => (last === null ? '–' : <Ago at={Date.parse(last.timestamp) / 1000} />),
    },
  ];
}
