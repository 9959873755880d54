import { useLayoutEffect, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { colourVersion } from '../theme/theme.ts';
import { layOutBar, type Interval } from '../timeline/bar.ts';
import { coloursOf, drawBar } from '../timeline/draw.ts';
import { redrawWith } from './redraw.ts';

// Reports may come ten seconds late, and stand for a second each.
export const PROVISIONAL_SECONDS = 11;

interface TimelineBarProps {
  /** Undefined while they are not known yet. */
  readonly intervals: readonly Interval[] | undefined;
  /** From when to when, in unix seconds; up to now without an end. */
  readonly spanSeconds: number;
  readonly height: number;
  readonly label: string;
}

/** The last stretch of time of one service, drawn anew each second. */
export function TimelineBar({ intervals, spanSeconds, height, label }: TimelineBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  redrawWith(tick, colourVersion);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    const width = current.clientWidth;
    if (width === 0) return;
    const now = knownNow();
    const span = { from: now - spanSeconds, to: now, now, provisionalSeconds: PROVISIONAL_SECONDS };
    const bar =
      intervals === undefined
        ? { pieces: [], provisionalX: width, nowX: width }
        : layOutBar(intervals, span, width);
    drawBar(current, bar, width, height, coloursOf(current));
  });
  return <canvas ref={canvas} class="bar" style={{ height: `${height}px` }} role="img" aria-label={label} />;
}
