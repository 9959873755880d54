import { useRef, useState } from 'preact/hooks';

import { useKept } from '../data/use-data.ts';
import { MutedMark } from '../mutes/mute-panel.tsx';
import { useMutes } from '../mutes/mutes.ts';
import { Fault } from '../parts/fault.tsx';
import { matching } from '../parts/matching.ts';
import { Link } from '../parts/link.tsx';
import { Ago } from '../parts/moment.tsx';
import { useHold } from '../parts/use-hold.ts';
import { routeTo } from '../route/current.ts';
import { isSpanChosen, shownSpan, usual } from '../span/current.ts';
import { boundsOf, titleOf } from '../span/span.ts';
import { keyOfChange, routeOfChange, type ChangesAnswer } from './change.ts';
import { foldChanges, type FoldedChange } from './fold.ts';
import { What } from './what.tsx';

const EACH_MS = 10_000;
// What flaps fills many; usually a few tell of as many things as one line has room for.
const READ = 1000;
const READ_FIRST = 100;
// Each is drawn anew each second, for how long ago it was. The others are behind the heading.
const MOST_SHOWN = 50;
// In one line no more have room: what is out of sight there, nobody can scroll to.
const MOST_IN_LINE = 10;
// As the style sheet has it.
const isBeside = matching('(width >= 1400px)');
const nothing: readonly FoldedChange[] = [];

const toNewest = ({ changes, next_cursor }: ChangesAnswer) => ({
  newest: foldChanges(changes, MOST_SHOWN),
  isAll: next_cursor === null,
});

/** What began and ended, each thing once, newest first: a column beside a list, or one line below it where there is no room. */
export function Happened() {
  const span = shownSpan(usual.day);
  const isColumn = isBeside.value;
  const most = isColumn ? MOST_SHOWN : MOST_IN_LINE;
  const [needsMore, setNeedsMore] = useState(false);
  const limit = isColumn || needsMore ? READ : READ_FIRST;
  const asked = new URLSearchParams([...(isSpanChosen() ? boundsOf(span) : []), ['limit', String(limit)]]);
  const { value, fault, isOld } = useKept(`/changes?${asked.toString()}`, EACH_MS, toNewest);
  const isFew = value !== undefined && !value.isAll && value.newest.length < most;
  if (isFew && limit === READ_FIRST) setNeedsMore(true);
  const hold = useHold();
  const muteOf = useMutes();
  const shown = useRef(nothing);
  // What is pointed at stays where it is.
  if (!hold.isHeld()) shown.current = value?.newest ?? nothing;
  return (
    <aside class="happened" aria-label="What happened" {...hold.handlers}>
      <h2>
        <Link to={routeTo('changes')}>What happened</Link>
      </h2>
      <Fault fault={fault} />
      {value !== undefined && !isOld && shown.current.length === 0 && (
        <p class="muted">{value.isAll ? `Nothing in ${titleOf(span)}.` : 'Nothing for days.'}</p>
      )}
      <ol class={isOld ? 'muted' : ''}>
        {/* What needs to be no component is called, as in rows. */}
        {shown.current.slice(0, most).map(({ newest, count }) => (
          <li key={keyOfChange(newest)}>
            <span class="happened-name">
              {Link({
                to: routeOfChange(newest),
                children: <bdi title={newest.service}>{newest.service}</bdi>,
              })}
              {newest.kind !== 'mute' && MutedMark({ mute: muteOf(newest.service) })}
            </span>
            <span class="happened-what">{What({ change: newest })}</span>
            <span class="happened-ago muted">
              <Ago at={newest.at} />
              {count > 1 && <span class="happened-count">{`, ${count} changes`}</span>}
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}
