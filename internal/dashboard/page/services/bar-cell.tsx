import { useLayoutEffect, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { redrawWith } from '../parts/redraw.ts';
import { titleOf, type ShownSpan } from '../span/span.ts';
import { layOutBar, type Timeline } from '../timeline/bar.ts';
import { barColours } from '../timeline/colours.ts';
import { drawBar } from '../timeline/draw.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { summaryOf } from '../timeline/reading.ts';

interface BarCellProps {
  readonly name: string;
  /** Undefined while nothing is known yet. */
  readonly timeline: Timeline | undefined;
  /** What is shown, at each moment. */
  readonly span: () => ShownSpan;
}

const HEIGHT = 18;
const style = { height: `${HEIGHT}px` };

/** What a service was in, as a bar that is drawn anew each second, and in words. */
export function BarCell({ name, timeline, span }: BarCellProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  redrawWith(tick);
  const shown = span();
  const colours = barColours.value;
  const bounds = { ...shown, now: knownNow(), provisionalSeconds: provisionalSeconds.value };
  useLayoutEffect(() => {
    const { current } = canvas;
    const width = current?.clientWidth ?? 0;
    if (current === null || width === 0) return;
    drawBar(current, layOutBar(timeline, bounds, width), width, HEIGHT, colours);
  });
  return (
    <span role="cell" class="row-bar">
      <canvas
        ref={canvas}
        class="bar"
        style={style}
        role="img"
        aria-label={`${titleOf(shown)} of ${name}: ${summaryOf(timeline, shown)}`}
      />
    </span>
  );
}
