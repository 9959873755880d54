import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { zone } from '../time/zone.ts';
import type { Timeline } from '../timeline/bar.ts';
import { readAt, wordsOf } from '../timeline/reading.ts';

interface Shown {
  /** Of the window, in pixels: above which place. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly place: Place;
  /** The bar that is read. */
  readonly bar: () => Element | null;
  /** Of that bar: tells what it says there. */
  readonly tell: (place: Place) => void;
}

const shown = signal<Shown | undefined>(undefined);

/** Where a bar is read: at a place of the window, or at a moment. */
export type Place = { readonly x: number } | { readonly at: number };

/** What is read: the drawn bar and what it shows. */
interface Read {
  readonly bar: () => Element | null;
  readonly timeline: () => Timeline | undefined;
  readonly span: () => { readonly from: number; readonly to: number };
}

/** Returns what tells what a bar says at a place, beside that place, and goes on to as the bar changes. */
export function useReading(read: Read): (place: Place) => void {
  const latest = useRef(read);
  latest.current = read;
  // No state: what has some is drawn anew with all that is around it.
  const tell = useMemo(
    () => (place: Place) => {
      const text = textAt(latest.current, place);
      if (text === undefined) hideReading();
      else shown.value = { ...text, place, bar: () => latest.current.bar(), tell };
    },
    [],
  );
  useEffect(() => {
    const now = shown.peek();
    if (now?.tell === tell) tell(now.place);
  });
  return tell;
}

/** Undefined for a place beside the bar. */
function textAt({ bar, timeline, span }: Read, place: Place): Pick<Shown, 'x' | 'y' | 'text'> | undefined {
  const { left, right, top, width } = bar()?.getBoundingClientRect() ?? new DOMRect();
  const { from, to } = span();
  const pixelSeconds = (to - from) / width;
  const at = 'at' in place ? place.at : from + (place.x - left) * pixelSeconds;
  const x = 'x' in place ? place.x : left + (at - from) / pixelSeconds;
  if (width === 0 || x < left || x > right) return undefined;
  const now = knownNow();
  return { x, y: top, text: wordsOf(readAt(timeline(), at, pixelSeconds, now), now, zone.value) };
}

export function hideReading(): void {
  shown.value = undefined;
}

/** What is read at a moment, as with the keyboard, stays while its bar is in sight: what gets the focus is scrolled there. */
function followScroll(): void {
  const now = shown.peek();
  if (now === undefined) return;
  if ('at' in now.place && isInSight(now.bar())) now.tell(now.place);
  else hideReading();
}

function isInSight(bar: Element | null): boolean {
  if (bar === null) return false;
  const { top, bottom } = bar.getBoundingClientRect();
  const sight = bar.closest('.rows')?.getBoundingClientRect() ?? new DOMRect(0, 0, innerWidth, innerHeight);
  return top >= sight.top && bottom <= sight.bottom;
}

// A touch leaves what it read in sight until the next one, or until what was read is somewhere else.
addEventListener('pointerdown', hideReading, { capture: true });
addEventListener('scroll', followScroll, { capture: true, passive: true });
addEventListener('popstate', hideReading);

const HALF_WIDTH = 150;

/** What the bar that is pointed at, touched or has the focus says there. */
export function Readout() {
  const { value } = shown;
  // What goes on gets longer.
  useEffect(() => value?.tell(value.place), [tick.value]);
  const left = Math.min(Math.max(value?.x ?? 0, HALF_WIDTH + 4), innerWidth - HALF_WIDTH - 4);
  return (
    <div
      class="readout"
      role="status"
      hidden={value === undefined}
      style={{ left: `${left}px`, top: `${value?.y ?? 0}px` }}
    >
      {value?.text}
    </div>
  );
}
