import { computed } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { redrawWith } from '../parts/redraw.ts';
import { shownSpan, usual } from '../span/current.ts';
import { titleOf } from '../span/span.ts';
import { layOutBar, type Timeline } from '../timeline/bar.ts';
import { barColours } from '../timeline/colours.ts';
import { drawBar } from '../timeline/draw.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { summaryOf } from '../timeline/reading.ts';

interface BarCellProps {
  readonly name: string;
  /** Undefined while nothing is known yet. */
  readonly timeline: Timeline | undefined;
}

const HEIGHT = 18;
const style = { height: `${HEIGHT}px` };

/** What all bars show, anew each second: one signal for each of them to read. */
const shown = computed(() => {
  redrawWith(tick);
  const span = shownSpan(usual.hour);
  const bounds = { ...span, now: knownNow(), provisionalSeconds: provisionalSeconds.value };
  return { span, bounds, title: titleOf(span), colours: barColours.value };
});

/** What a service was in, as a bar and in words. */
export function BarCell({ name, timeline }: BarCellProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { span, bounds, title, colours } = shown.value;
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
        aria-label={`${title} of ${name}: ${summaryOf(timeline, span)}`}
      />
    </span>
  );
}
