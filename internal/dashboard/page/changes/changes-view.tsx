import { useData } from '../data/use-data.ts';
import { serviceUrl } from '../data/service-url.ts';
import { tick } from '../live/store.ts';
import { Fault } from '../parts/fault.tsx';
import { Filter } from '../parts/filter.tsx';
import { Link } from '../parts/link.tsx';
import { MomentAgo } from '../parts/moment.tsx';
import { Name } from '../parts/name.tsx';
import { Pages } from '../parts/pages.tsx';
import { redrawWith } from '../parts/redraw.ts';
import { Table, type Column } from '../parts/table.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { route, show, withQuery } from '../route/current.ts';
import { isSpanChosen, shownSpan, usual } from '../span/current.ts';
import { SpanPicker } from '../span/span-picker.tsx';
import { boundsOf, titleOf } from '../span/span.ts';
import { keyOfChange, kinds, routeOfChange, type Change, type ChangesAnswer } from './change.ts';
import { What } from './what.tsx';

const EACH_MS = 5000;

/** What began and ended, whatever it is, newest first. */
export function ChangesView() {
  redrawWith(tick);
  const { kind = '', service = '', cursor = '' } = route.value.query;
  const asked = new URLSearchParams(Object.entries({ kind, service }).filter(([, value]) => value !== ''));
  const feed = serviceUrl(`/changes.atom?${asked.toString()}`);
  const span = shownSpan(usual.day);
  // The usual one is what is told without a question for another.
  if (isSpanChosen()) for (const [end, value] of boundsOf(span)) asked.set(end, value);
  if (cursor !== '') asked.set('cursor', cursor);
  const { value, fault, isOld } = useData<ChangesAnswer>(`/changes?${asked.toString()}`, EACH_MS);
  return (
    <>
      <div class="filters">
        <h1>Changes</h1>
        <Filter label="Kind" property="kind" value={kind} options={kinds} />
        <label>
          Name{' '}
          <input
            type="search"
            value={service}
            placeholder="all, or the whole name"
            onChange={({ currentTarget }) => show(withQuery({ service: currentTarget.value, cursor: '' }))}
          />
        </label>
        <a href={feed}>Atom feed</a>
        <SpanPicker usualSeconds={usual.day} />
      </div>
      {value === undefined ? (
        <Waiting fault={fault} />
      ) : (
        <>
          <Fault fault={fault} />
          <div class={isOld ? 'muted' : ''}>
            {value.changes.length === 0 && !isOld && (
              <p>
                {value.next_cursor === null
                  ? `Nothing of ${titleOf(span)} is here.`
                  : 'Nothing began or ended here. There may be more before it.'}
              </p>
            )}
            <Table
              caption={`${cursor === '' ? 'The newest' : 'Older'} changes of ${titleOf(span)}`}
              showsCaption
              rows={value.changes}
              keyOf={keyOfChange}
              columns={columns}
              routeOf={routeOfChange}
              holdsOrder
            />
          </div>
          <Pages next={value.next_cursor} />
        </>
      )}
    </>
  );
}

const columns: readonly Column<Change>[] = [
  {
    title: 'Name',
    cell: (change) => (
      <Link to={routeOfChange(change)}>
        <Name text={change.service} />
      </Link>
    ),
  },
  { title: 'What', cell: (change) => <What change={change} /> },
  { title: 'When', cell: ({ at }) => <MomentAgo at={at} /> },
  { title: 'Kind', cell: ({ kind }) => kind },
];
