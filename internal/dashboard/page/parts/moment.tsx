import { knownNow, knownSecond } from '../live/store.ts';
import { formatDuration, formatMoment } from '../time/format.ts';
import { zone } from '../time/zone.ts';
import { redrawWith } from './redraw.ts';

/** A moment in the chosen time zone. */
export function Moment({ at }: { at: number }) {
  return <time dateTime={new Date(at * 1000).toISOString()}>{formatMoment(at, zone.value)}</time>;
}

/** For how long something has been so, and since when on a closer look. */
export function Since({ at }: { at: number }) {
  return passed(at, 'since ', '');
}

/** How long ago something was, and when on a closer look. */
export function Ago({ at }: { at: number }) {
  return passed(at, '', ' ago');
}

function passed(at: number, before: string, after: string) {
  redrawWith(knownSecond);
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={before + formatMoment(at, zone.value)}>
      {formatDuration(knownNow() - at) + after}
    </time>
  );
}

/** A moment, and how long ago it was. */
export function MomentAgo({ at }: { at: number }) {
  return (
    <>
      <Moment at={at} />{' '}
      <span class="muted">
        (<Ago at={at} />)
      </span>
    </>
  );
}
