import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { isKiosk } from '../kiosk.ts';
import { freshness, knownSecond, services } from '../live/store.ts';
import type { ServiceNow } from '../live/services-items.ts';
import type { MuteNow } from '../live/topics.ts';
import { MutedMark } from '../mutes/mute-panel.tsx';
import { useMutes } from '../mutes/mutes.ts';
import { Link } from '../parts/link.tsx';
import { Moment, Since } from '../parts/moment.tsx';
import { matching } from '../parts/matching.ts';
import { hideReading } from '../parts/readout.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { redrawWith } from '../parts/redraw.ts';
import type { Hold } from '../parts/use-hold.ts';
import { unlessSame } from '../parts/unless-same.ts';
import { useLasting } from '../parts/use-lasting.ts';
import { routeTo } from '../route/current.ts';
import { shownSpan, usual } from '../span/current.ts';
import { useMarking } from '../span/marking.tsx';
import { lengthOf, queryOf, titleOf, type ShownSpan } from '../span/span.ts';
import { formatDuration } from '../time/format.ts';
import type { Timeline } from '../timeline/bar.ts';
import { BarCell } from './bar-cell.tsx';
import { favourites } from './favourites.ts';
import { countsOf, serviceOf, type Group, type ListRow } from './groups.ts';
import { compact, shareCells, ShareHeads, useShares, type Shares } from './shares.tsx';
import { useRowReading } from './row-reading.ts';
import { Star } from './star.tsx';
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

interface RowProps extends ServiceNow {
  readonly isInGroup: boolean;
  readonly isFavourite: boolean;
  /** The one that holds, if one does. */
  readonly mute: MuteNow | undefined;
  readonly top: number;
  readonly index: number;
  /** Undefined while nothing is known. */
  readonly shares: Shares | undefined;
  readonly timeline: Timeline | undefined;
}

/**
 * A row is few components, which are drawn anew only for what they read themselves: rows move whenever one above them does. A
 * component takes some 400 bytes beside what it draws, so what needs to be none is called instead.
 */
const Row = unlessSame((props: RowProps) => {
  const {
    name,
    state,
    since,
    issues,
    issueSeconds,
    isInGroup,
    isFavourite,
    top,
    index,
    mute,
    shares,
    timeline,
  } = props;
  const shownName = toBeShown(name);
  return (
    <div class="row" role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${top}px)` }}>
      <span role="cell" class={isInGroup ? 'row-name row-in-group' : 'row-name'}>
        {Star({ name, isFavourite })}
        {Link({ to: routeTo('services', name), children: <bdi title={shownName}>{shownName}</bdi> })}
        {MutedMark({ mute })}
      </span>
      <span role="cell">{StateMark({ state })}</span>
      <span role="cell" class="number">
        <Since at={since} />
      </span>
      <span role="cell" class="number row-issues">
        {issues > 0 && recentMark(issues, issueSeconds)}
      </span>
      {shareCells(shares)}
      <BarCell name={name} timeline={timeline} />
    </div>
  );
});

/**
 * The same name in a text of its own. A text that is shown moves out of V8's heap, and what stands for it there takes more room than
 * it did; of the names that are kept, all that ever were in sight would.
 */
function toBeShown(name: string): string {
  return `${name}.`.slice(0, -1);
}

interface GroupRowProps extends Pick<RowProps, 'top' | 'index'> {
  readonly group: Group;
  readonly onToggle: (name: string) => void;
}

/** A group as its worst state, and how many of it are in each; the whole row opens or folds it. */
function GroupRow({ group: { name, state, counts, isOpen }, top, index, onToggle }: GroupRowProps) {
  const parts = (['issue', 'deploy', 'idle'] as const).filter((each) => counts[each] > 0);
  return (
    <div
      class="row row-group"
      role="row"
      aria-rowindex={index + 1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell" class="row-name">
        <button type="button" aria-expanded={isOpen} onClick={() => onToggle(name)}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> <bdi title={name}>{name}</bdi>
        </button>
      </span>
      <span role="cell">{StateMark({ state })}</span>
      <span role="cell" class="row-counts">
        {parts.map((each) => `${counts[each].toLocaleString('en')} ${each}`).join(', ')}
      </span>
    </div>
  );
}

/** How often in the last hour; how long that was in all, on a closer look. */
function recentMark(issues: number, issueSeconds: number) {
  const words = formatDuration(issueSeconds);
  return (
    <span title={`in issue for ${words} of the last hour`}>
      {`${compact.format(issues)} × in 1 h`}
      <span class="unseen">{`, ${words} in all`}</span>
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
