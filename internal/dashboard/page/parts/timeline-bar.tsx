import { useLayoutEffect, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { colourVersion } from '../theme/theme.ts';
import { layOutBar, type Timeline } from '../timeline/bar.ts';
import { coloursOf, drawBar } from '../timeline/draw.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { redrawWith } from './redraw.ts';

interface TimelineBarProps {
  /** Undefined while nothing is known yet. */
  readonly timeline: Timeline | undefined;
  /** From when to when, in unix seconds, at each moment. */
  readonly span: () => { readonly from: number; readonly to: number };
  readonly height: number;
  /** What it is of, and shows, in words at each moment. */
  readonly label: () => string;
}

/** A stretch of time of one service, drawn anew each second. */
export function TimelineBar({ timeline, span, height, label }: TimelineBarProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  redrawWith(tick, colourVersion, provisionalSeconds);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return;
    const width = current.clientWidth;
    if (width === 0) return;
    const shown = { ...span(), now: knownNow(), provisionalSeconds: provisionalSeconds.value };
    drawBar(current, layOutBar(timeline, shown, width), width, height, coloursOf(current));
  });
  return (
    <canvas ref={canvas} class="bar" style={{ height: `${height}px` }} role="img" aria-label={label()} />
  );
}
