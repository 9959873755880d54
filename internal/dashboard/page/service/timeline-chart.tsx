import { useLayoutEffect, useRef } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { PROVISIONAL_SECONDS } from '../parts/timeline-bar.tsx';
import { colourVersion } from '../theme/theme.ts';
import { layOutBar, type Interval } from '../timeline/bar.ts';
import { coloursOf, drawBar } from '../timeline/draw.ts';
import { formatClock, formatMoment } from '../time/format.ts';
import { zone } from '../time/zone.ts';
import { pan, ticksOf, zoom, type Span } from './span.ts';
import { redrawWith } from '../parts/redraw.ts';

interface TimelineChartProps {
  readonly name: string;
  readonly intervals: readonly Interval[] | undefined;
  readonly span: Span;
  readonly onSpan: (span: Span) => void;
}

const HEIGHT = 56;

/** A timeline that can be zoomed and moved: wheel, drag, two fingers, buttons, keys. */
export function TimelineChart({ name, intervals, span, onSpan }: TimelineChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef(new Map<number, number>());
  const latest = useRef({ span, onSpan });
  latest.current = { span, onSpan };
  redrawWith(tick, colourVersion);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null || current.clientWidth === 0) return;
    const now = Math.min(knownNow(), span.to);
    const barSpan = { ...span, now, provisionalSeconds: span.to >= now ? PROVISIONAL_SECONDS : 0 };
    const known = intervals ?? [];
    drawBar(
      current,
      layOutBar(known, barSpan, current.clientWidth),
      current.clientWidth,
      HEIGHT,
      coloursOf(current),
    );
  });
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return undefined;
    // Not passive: the page must not scroll as well.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const { span: shown, onSpan: tell } = latest.current;
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (sideways) tell(pan(shown, event.deltaX / current.clientWidth, knownNow()));
      else tell(zoom(shown, Math.exp(event.deltaY / 400), event.offsetX / current.clientWidth));
    };
    current.addEventListener('wheel', wheel, { passive: false });
    return () => current.removeEventListener('wheel', wheel);
  }, []);
  const move = (event: PointerEvent) => {
    const width = canvas.current?.clientWidth ?? 1;
    const before = drag.current.get(event.pointerId);
    if (before === undefined) return;
    const others = [...drag.current].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
    const [other] = others;
    drag.current.set(event.pointerId, event.offsetX);
    if (other === undefined) {
      onSpan(pan(span, (before - event.offsetX) / width, knownNow()));
    } else if (Math.abs(event.offsetX - other) > 10) {
      onSpan(zoom(span, Math.abs(before - other) / Math.abs(event.offsetX - other), other / width));
    }
  };
  return (
    <figure class="chart">
      <canvas
        ref={canvas}
        class="bar chart-bar"
        style={{ height: `${HEIGHT}px` }}
        tabIndex={0}
        role="img"
        aria-label={`Timeline of ${name}; plus and minus zoom, arrows move, 0 shows the last hour. The table below says the same.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current.set(event.pointerId, event.offsetX);
        }}
        onPointerMove={move}
        onPointerUp={(event) => drag.current.delete(event.pointerId)}
        onPointerCancel={(event) => drag.current.delete(event.pointerId)}
        onKeyDown={(event) => {
          const next = spanOfKey(event.key, span);
          if (next === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          onSpan(next);
        }}
      />
      <figcaption class="axis" aria-hidden="true">
        {ticksOf(span, 6)
          .filter((at) => hasRoomAt(at, span))
          .map((at) => (
            <span key={at} style={{ left: `${((at - span.from) / (span.to - span.from)) * 100}%` }}>
              {labelOf(at, span)}
            </span>
          ))}
      </figcaption>
    </figure>
  );
}

function spanOfKey(key: string, span: Span): Span | undefined {
  const now = knownNow();
  if (key === '+' || key === '=') return zoom(span, 0.5, 0.5);
  if (key === '-') return zoom(span, 2, span.to >= now ? 1 : 0.5);
  if (key === 'ArrowLeft') return pan(span, -0.25, now);
  if (key === 'ArrowRight') return pan(span, 0.25, now);
  if (key === '0') return { from: now - 3600, to: now };
  return undefined;
}

/** A label at the very end would be cut off. */
function hasRoomAt(at: number, { from, to }: Span): boolean {
  return (at - from) / (to - from) < 0.92;
}

function labelOf(at: number, { from, to }: Span): string {
  const seconds = to - from;
  if (seconds < 600) return formatClock(at, zone.value);
  if (seconds <= 86_400) return formatClock(at, zone.value, { seconds: false });
  const moment = formatMoment(at, zone.value);
  return seconds <= 5 * 86_400 ? moment.slice(5, 16) : moment.slice(0, 10);
}
