import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { isKiosk } from '../kiosk.ts';
import { freshness, knownSecond, services } from '../live/store.ts';
import { useMutes } from '../mutes/mutes.ts';
import { Moment } from '../parts/moment.tsx';
import { matching } from '../parts/matching.ts';
import { hideReading } from '../parts/readout.tsx';
import { redrawWith } from '../parts/redraw.ts';
import type { Hold } from '../parts/use-hold.ts';
import { unlessSame } from '../parts/unless-same.ts';
import { useLasting } from '../parts/use-lasting.ts';
import { routeTo } from '../route/current.ts';
import { formatRoute } from '../route/route.ts';
import { shownSpan, usual } from '../span/current.ts';
import { useMarking } from '../span/marking.tsx';
import { lengthOf, queryOf, titleOf, type ShownSpan } from '../span/span.ts';
import { favourites } from './favourites.ts';
import { countsOf, serviceOf, type ListRow } from './groups.ts';
import { ShareHeads, useShares } from './shares.tsx';
import { GroupRow, Row } from './row.tsx';
import { useRowReading } from './row-reading.ts';
import { useTimelines } from './use-timelines.ts';
import { visibleRows } from './visible-rows.ts';

// As the style sheet has them: where there is little room, the bar lies below the words.
const isNarrow = matching('(width < 640px)');
const ROW_HEIGHTS = { wide: 40, narrow: 56 };

interface RowsProps {
  readonly rows: readonly ListRow[];
  /** Whether they would be in another order, if that were not held. */
  readonly isHeld: boolean;
  /** What they were filtered by. */
  readonly filter: string;
  readonly total: number;
  readonly hold: Hold;
  /** Opens or folds a group. */
  readonly onGroup: (name: string) => void;
}

/** The rows of all services, of which only those in sight are there. */
export function Rows({ rows, isHeld, filter, total, hold, onGroup }: RowsProps) {
  const list = useRef<HTMLDivElement>(null);
  const view = useSignal({ scrollTop: 0, height: 800 });
  useLayoutEffect(() => {
    const { current } = list;
    if (current === null) return undefined;
    const measure = () => (view.value = { scrollTop: current.scrollTop, height: current.clientHeight });
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
  const rowHeight = isNarrow.value ? ROW_HEIGHTS.narrow : ROW_HEIGHTS.wide;
  const { scrollTop, height } = view.value;
  const { first, last } = visibleRows(rows.length, rowHeight, scrollTop, height);
  const seen = rows.slice(first, last);
  const shown = seen.flatMap((row) => serviceOf(row) ?? []).map((id) => services.at(id));
  const names = useLasting(shown.map(({ name }) => name));
  const change = useLasting(shown.flatMap(({ state, since }) => [state, since]));
  const span = spanNow();
  const chosen = JSON.stringify(span.follows ? queryOf(span, span.to) : span);
  const timelines = useTimelines(names, spanNow, { change, chosen });
  const shares = useShares(names);
  const muteOf = useMutes();
  const marking = useMarking({ bar: () => list.current?.querySelector('.bar'), span: spanNow });
  const timelineAt = (index: number) => {
    const row = rows[index];
    const id = row === undefined ? undefined : serviceOf(row);
    return id === undefined ? undefined : timelines.get(services.nameOf(id));
  };
  const reading = useRowReading({ timelineAt, span: spanNow });
  return (
    <>
      <p class="unseen" role="status">{`${rows.length} of ${total} services`}</p>
      <div
        class={rows.length === 0 ? 'list list-none' : 'list'}
        role="table"
        aria-label="Services, worst first"
        aria-rowcount={rows.length}
      >
        <Head isHeld={isHeld} />
        <div
          class="rows"
          ref={list}
          tabIndex={0}
          role="rowgroup"
          onPointerDown={(event) => {
            hold.handlers.onPointerDown();
            reading.onPointerDown(event);
            marking.start(event);
          }}
          onPointerMove={(event) => {
            hold.handlers.onPointerMove();
            reading.onPointerMove(event);
            marking.move(event);
          }}
          onPointerLeave={(event) => {
            hold.handlers.onPointerLeave();
            reading.onPointerLeave(event);
          }}
          onClickCapture={reading.onClickCapture}
          onFocusIn={(event) => {
            hold.handlers.onFocusIn(event);
            reading.onFocusIn(event);
          }}
          onFocusOut={() => {
            hold.handlers.onFocusOut();
            hideReading();
          }}
          onPointerUp={marking.release}
          onPointerCancel={marking.cancel}
          // A drag over a row would drag its link.
          onDragStart={(event) => event.preventDefault()}
          onKeyDown={(event) => {
            hold.handlers.onKeyDown();
            moveFocus(event, list.current);
          }}
        >
          <div class="rows-all" style={{ height: `${rows.length * rowHeight}px` }}>
            {seen.map((row, index) => {
              const place = { top: (first + index) * rowHeight, index: first + index };
              if (typeof row !== 'number' && row.kind === 'group')
                return <GroupRow key={`group ${row.name}`} group={row} {...place} onToggle={onGroup} />;
              const isInGroup = typeof row !== 'number';
              const service = services.at(isInGroup ? row.id : row);
              const { name } = service;
              return (
                <Row
                  key={name}
                  {...service}
                  {...place}
                  href={formatRoute(routeTo('services', name))}
                  isInGroup={isInGroup}
                  isFavourite={favourites.value.has(name)}
                  mute={muteOf(name)}
                  shares={shares.get(name)}
                  timeline={timelines.get(name)}
                />
              );
            })}
          </div>
        </div>
        {isKiosk && <Below rows={rows.slice(Math.floor(height / rowHeight))} />}
      </div>
    </>
  );
}

/** What the columns are called, and what the bars show. */
const Head = unlessSame(({ isHeld }: Pick<RowsProps, 'isHeld'>) => (
  <div role="rowgroup">
    <div class="row row-head" role="row">
      <span role="columnheader" class="row-name">
        {isHeld ? 'Service (order held)' : 'Service'}
      </span>
      <span role="columnheader">State</span>
      <span role="columnheader" class="number">
        For
      </span>
      <span role="columnheader" class="number row-issues">
        Issues
      </span>
      <ShareHeads />
      <Axis />
    </div>
  </div>
));

/** On a wall nobody scrolls: what there is no room for is counted, at least. */
function Below({ rows }: { rows: readonly ListRow[] }) {
  const counts = countsOf(services, rows);
  const parts = (['issue', 'deploy', 'idle'] as const).filter((each) => counts[each] > 0);
  if (parts.length === 0) return null;
  return (
    <p class="below">{`Below: ${parts.map((each) => `${counts[each].toLocaleString('en')} ${each}`).join(', ')}`}</p>
  );
}

const spanNow = (): ShownSpan => shownSpan(usual.hour);

/** What the bars show, from when to when; as one of them, it is zoomed into with a drag. */
function Axis() {
  const span = spanNow();
  const cell = useRef<HTMLSpanElement>(null);
  const marking = useMarking({ bar: () => cell.current, span: spanNow });
  const isNow = span.follows && freshness.value === 'live';
  if (!isNow) redrawWith(knownSecond);
  const title = titleOf(span);
  return (
    <span
      role="columnheader"
      ref={cell}
      class="row-span"
      aria-label={`${title[0]?.toUpperCase()}${title.slice(1)}`}
      onPointerDown={marking.start}
      onPointerMove={marking.move}
      onPointerUp={marking.release}
      onPointerCancel={marking.cancel}
    >
      <span>{isNow ? `${lengthOf(span)} ago` : <Moment at={span.from} />}</span>
      <span>{isNow ? 'now' : <Moment at={span.to} />}</span>
    </span>
  );
}

/** Arrows move between the rows' links, as the list is long. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || list === null) return;
  const links = [...list.querySelectorAll<HTMLElement>('.row-name a, .row-group button')];
  const position = links.findIndex((link) => link === document.activeElement);
  const next = links[position === -1 ? 0 : position + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
