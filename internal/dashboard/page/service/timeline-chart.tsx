import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { colourVersion } from '../theme/theme.ts';
import { layOutBar, type Timeline } from '../timeline/bar.ts';
import { coloursOf, drawBar } from '../timeline/draw.ts';
import { formatClock, formatMoment } from '../time/format.ts';
import { zone } from '../time/zone.ts';
import { spanOfGrip, type Grip } from './grip.ts';
import { pan, ticksOf, zoom, type Span } from './span.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { redrawWith } from '../parts/redraw.ts';

interface TimelineChartProps {
  readonly name: string;
  /** Undefined while nothing is known. */
  readonly timeline: Timeline | undefined;
  readonly span: Span;
  readonly onSpan: (span: Span) => void;
}

const HEIGHT = 56;
// Until it is drawn for the first time.
const DEFAULT_WIDTH = 320;
const MOST_LABELS = 6;
// Labels of days are longer than those of hours.
const CLOCK_PIXELS = 60;
const DATE_PIXELS = 96;
const CHARACTER_PIXELS = 7.5;

/** A timeline that can be zoomed and moved: wheel, drag, two fingers, buttons, keys. */
export function TimelineChart({ name, timeline, span, onSpan }: TimelineChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const gesture = useGesture(span, onSpan);
  redrawWith(tick, colourVersion, provisionalSeconds);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null || current.clientWidth === 0) return;
    const { clientWidth } = current;
    // The present may lie behind the span: then there is nothing in it that late reports could change.
    const barSpan = { ...span, now: knownNow(), provisionalSeconds: provisionalSeconds.value };
    drawBar(current, layOutBar(timeline, barSpan, clientWidth), clientWidth, HEIGHT, coloursOf(current));
  });
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return undefined;
    // Not passive: the page must not scroll as well.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const shown = gesture.span();
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (sideways) gesture.tell(pan(shown, event.deltaX / current.clientWidth, knownNow()));
      else gesture.tell(zoom(shown, Math.exp(event.deltaY / 400), event.offsetX / current.clientWidth));
    };
    current.addEventListener('wheel', wheel, { passive: false });
    return () => current.removeEventListener('wheel', wheel);
  }, []);
  const shareOf = (event: PointerEvent) => event.offsetX / (canvas.current?.clientWidth ?? 1);
  const width = canvas.current?.clientWidth ?? DEFAULT_WIDTH;
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
          gesture.hold(event.pointerId, shareOf(event));
        }}
        onPointerMove={(event) => gesture.move(event.pointerId, shareOf(event))}
        onPointerUp={(event) => gesture.release(event.pointerId)}
        onPointerCancel={(event) => gesture.release(event.pointerId)}
        onKeyDown={(event) => {
          const next = spanOfKey(event.key, span);
          if (next === undefined) return;
          event.preventDefault();
          event.stopPropagation();
          onSpan(next);
        }}
      />
      <figcaption class="axis" aria-hidden="true">
        {ticksOf(
          span,
          Math.min(
            MOST_LABELS,
            Math.floor(width / (span.to - span.from <= 86_400 ? CLOCK_PIXELS : DATE_PIXELS)),
          ),
        )
          .map((at) => ({ at, label: labelOf(at, span), share: (at - span.from) / (span.to - span.from) }))
          .filter(({ label, share }) => width * (1 - share) > widthOf(label))
          .map(({ at, label, share }) => (
            <span key={at} style={{ left: `${share * 100}%` }}>
              {label}
            </span>
          ))}
      </figcaption>
    </figure>
  );
}

// A turn of the wheel comes in many steps, which follow each other faster than this.
const PAUSE_MS = 400;

/**
 * What pointers and the wheel do, step by step. A step may be too small for the URL, or too close to now to leave it, so
 * it goes on from where the one before led and not from what is shown.
 */
function useGesture(span: Span, onSpan: (span: Span) => void) {
  const latest = useRef({ span, onSpan });
  latest.current = { span, onSpan };
  const [gesture] = useState(() => {
    const held = new Map<number, number>();
    let told = { span, atMs: -Infinity };
    let grip: Grip = { span, shares: new Map() };
    const reached = () => (performance.now() - told.atMs < PAUSE_MS ? told.span : latest.current.span);
    const tell = (next: Span) => {
      told = { span: next, atMs: performance.now() };
      latest.current.onSpan(next);
    };
    const grasp = () => (grip = { span: reached(), shares: new Map(held) });
    return {
      span: reached,
      tell,
      hold(id: number, share: number) {
        held.set(id, share);
        grasp();
      },
      move(id: number, share: number) {
        if (!held.has(id)) return;
        held.set(id, share);
        tell(spanOfGrip(grip, held, knownNow()));
      },
      release(id: number) {
        held.delete(id);
        grasp();
      },
    };
  });
  return gesture;
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

/** About how many pixels a label takes; one that has less room at the end is left out, as it would be cut off. */
function widthOf(label: string): number {
  return label.length * CHARACTER_PIXELS + 6;
}

function labelOf(at: number, { from, to }: Span): string {
  const seconds = to - from;
  if (seconds < 600) return formatClock(at, zone.value);
  if (seconds <= 86_400) return formatClock(at, zone.value, { seconds: false });
  const moment = formatMoment(at, zone.value);
  return seconds <= 5 * 86_400 ? moment.slice(5, 16) : moment.slice(0, 10);
}
