import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { reportCommand } from '../commands/commands.ts';
import { freshness, isAnythingKnown, knownNow, services, told } from '../live/store.ts';
import type { ServiceNow, State } from '../live/services-items.ts';
import { Empty } from '../parts/empty.tsx';
import { Link } from '../parts/link.tsx';
import { Since } from '../parts/moment.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { TimelineBar } from '../parts/timeline-bar.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { route, routeTo, show, withQuery } from '../route/current.ts';
import type { Timeline } from '../timeline/bar.ts';
import { formatClock } from '../time/format.ts';
import { zone } from '../time/zone.ts';
import { worstFirst } from './order.ts';
import { useTimelines } from './use-timelines.ts';
import { visibleRows } from './visible-rows.ts';
import { redrawWith } from '../parts/redraw.ts';

const ROW_HEIGHT = 40;
const HOUR_SECONDS = 3600;
// Sorting ten thousand services takes some milliseconds: often enough for eyes, too seldom to be felt.
const SORT_EACH_MS = 500;
const states: readonly State[] = ['issue', 'deploy', 'idle'];

/** All services: how many are in each state, and each of them, worst first. */
export function ServicesView() {
  const { query } = route.value;
  const state = states.find((each) => each === query.state);
  const text = query.q ?? '';
  const rows = useSorted(state, text);
  redrawWith(told);
  if (services.items.size === 0) {
    if (!isAnythingKnown.value) return <Waiting />;
    return (
      <Empty title="No service has been reported yet" command={reportCommand('web')}>
        Agents report what state they see a service in. Send a first report:
      </Empty>
    );
  }
  return (
    <>
      <h1 class="unseen">Services</h1>
      <div class="filters">
        <div class="counts" role="group" aria-label="Filter by state">
          {states.map((each) => (
            <button
              key={each}
              type="button"
              class={`count count-${each}`}
              aria-pressed={state === each}
              onClick={() => show(withQuery({ state: state === each ? '' : each }))}
            >
              <span class="count-number">{services.counts[each].toLocaleString('en')}</span>{' '}
              <StateMark state={each} />
            </button>
          ))}
        </div>
        <SearchField label="Search services by name" text={text} />
      </div>
      <Rows rows={rows} total={services.items.size} filter={`${state ?? ''} ${text}`} />
    </>
  );
}

function useSorted(state: State | undefined, text: string): readonly ServiceNow[] {
  const [, sortAgain] = useState(0);
  const sorted = useRef<{ rows: ServiceNow[]; version: number; filter: string } | undefined>(undefined);
  const filter = `${state ?? ''} ${text}`;
  const sort = () => {
    const rows = worstFirst(services.items.values(), { state, text });
    sorted.current = { rows, version: services.version, filter };
    return rows;
  };
  const rows = sorted.current?.filter === filter ? sorted.current.rows : sort();
  useEffect(() => {
    const timer = setInterval(() => {
      if (sorted.current?.version === services.version) return;
      sort();
      sortAgain((times) => times + 1);
    }, SORT_EACH_MS);
    return () => clearInterval(timer);
  }, [filter]);
  return rows;
}

function Rows({ rows, total, filter }: { rows: readonly ServiceNow[]; total: number; filter: string }) {
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrollTop: 0, height: 800 });
  useLayoutEffect(() => {
    const { current } = list;
    if (current === null) return undefined;
    const measure = () => setView({ scrollTop: current.scrollTop, height: current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    current.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      current.removeEventListener('scroll', measure);
    };
  }, []);
  // Others are listed now, and the worst of them come first.
  useLayoutEffect(() => list.current?.scrollTo({ top: 0 }), [filter]);
  const { first, last } = visibleRows(rows.length, ROW_HEIGHT, view.scrollTop, view.height);
  const seen = rows.slice(first, last);
  const names = seen.map(({ name }) => name);
  const question = seen.map(({ name, state, since }) => `${name} ${state} ${since}`).join('\n');
  const timelines = useTimelines(names, question, HOUR_SECONDS);
  return (
    <>
      <p class="unseen" role="status">{`${rows.length} of ${total} services`}</p>
      <div class="row row-head" aria-hidden="true">
        <span>Service</span>
        <span>State</span>
        <span class="number">For</span>
        <span class="row-span">
          <span>{freshness.value === 'live' ? '1 h ago' : '1 h before'}</span>
          <span>{freshness.value === 'live' ? 'now' : formatClock(knownNow(), zone.value)}</span>
        </span>
      </div>
      <div
        class="rows"
        ref={list}
        tabIndex={0}
        role="table"
        aria-label="Services, worst first"
        aria-rowcount={rows.length}
        onKeyDown={(event) => moveFocus(event, list.current)}
      >
        <div class="rows-all" role="rowgroup" style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
          {seen.map((service, index) => (
            <Row
              key={service.name}
              service={service}
              top={(first + index) * ROW_HEIGHT}
              index={first + index}
              timeline={timelines.get(service.name)}
            />
          ))}
        </div>
      </div>
      {rows.length === 0 && <p class="waiting">No service matches.</p>}
    </>
  );
}

interface RowProps {
  readonly service: ServiceNow;
  readonly top: number;
  readonly index: number;
  readonly timeline: Timeline | undefined;
}

function Row({ service: { name, state, since }, top, index, timeline }: RowProps) {
  return (
    <div class="row" role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${top}px)` }}>
      <span role="cell" class="row-name">
        <Link to={routeTo('services', name)}>
          <bdi>{name}</bdi>
        </Link>
      </span>
      <span role="cell">
        <StateMark state={state} />
      </span>
      <span role="cell" class="number">
        <Since at={since} />
      </span>
      <span role="cell" class="row-bar">
        <TimelineBar
          timeline={timeline}
          spanSeconds={HOUR_SECONDS}
          height={18}
          label={`the last hour of ${name}`}
        />
      </span>
    </div>
  );
}

/** Arrows move between the rows' links, as the list is long. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || list === null) return;
  const links = [...list.querySelectorAll<HTMLAnchorElement>('.row-name a')];
  const position = links.findIndex((link) => link === document.activeElement);
  const next = links[position === -1 ? 0 : position + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
