import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { knownNow, tick } from '../live/store.ts';
import { layOutBar, type Timeline } from '../timeline/bar.ts';
import { axisLabels } from '../timeline/axis.ts';
import { barColours } from '../timeline/colours.ts';
import { drawBar } from '../timeline/draw.ts';
import { summaryOf } from '../timeline/reading.ts';
import { zone } from '../time/zone.ts';
import { spanOfGrip, type Grip } from './grip.ts';
import { showSpan } from '../span/current.ts';
import { useMarking } from '../span/marking.tsx';
import { pan, zoom, type Span } from '../span/span.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { hideReading, useReading } from '../parts/readout.tsx';
import { redrawWith } from '../parts/redraw.ts';

interface TimelineChartProps {
  readonly name: string;
  /** Undefined while nothing is known. */
  readonly timeline: Timeline | undefined;
  readonly span: Span;
}

const HEIGHT = 56;
// Until it is drawn for the first time.
const DEFAULT_WIDTH = 320;

/** A timeline that can be read, zoomed and moved: drag, with Shift to move, Ctrl and wheel, two fingers, buttons, keys. */
export function TimelineChart({ name, timeline, span }: TimelineChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const gesture = useGesture(span);
  const marking = useMarking({ bar: () => canvas.current, span: () => span });
  const readAt = useRef<number>(undefined);
  redrawWith(tick, barColours, provisionalSeconds);
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null || current.clientWidth === 0) return;
    const { clientWidth } = current;
    // The present may lie behind the span: then there is nothing in it that late reports could change.
    const barSpan = { ...span, now: knownNow(), provisionalSeconds: provisionalSeconds.value };
    drawBar(current, layOutBar(timeline, barSpan, clientWidth), clientWidth, HEIGHT, barColours.value);
  });
  useLayoutEffect(() => {
    const { current } = canvas;
    if (current === null) return undefined;
    // Not passive: the page must not zoom as well. Without Ctrl it scrolls, as everywhere.
    const wheel = (event: WheelEvent) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!sideways && !event.ctrlKey) return;
      event.preventDefault();
      const shown = gesture.span();
      if (sideways) gesture.tell(pan(shown, event.deltaX / current.clientWidth, knownNow()));
      else gesture.tell(zoom(shown, Math.exp(event.deltaY / 400), event.offsetX / current.clientWidth));
    };
    current.addEventListener('wheel', wheel, { passive: false });
    return () => current.removeEventListener('wheel', wheel);
  }, []);
  const shareOf = (event: PointerEvent) => event.offsetX / (canvas.current?.clientWidth ?? 1);
  const width = canvas.current?.clientWidth ?? DEFAULT_WIDTH;
  const read = useReading({ bar: () => canvas.current, timeline: () => timeline, span: () => span });
  const readMoment = (at: number) => {
    readAt.current = at;
    read({ at });
  };
  return (
    <figure class="chart">
      <canvas
        ref={canvas}
        class="bar chart-bar"
        style={{ height: `${HEIGHT}px` }}
        tabIndex={0}
        role="img"
        aria-label={`Timeline of ${name}: ${summaryOf(timeline, span)}. Plus and minus zoom, arrows move, with Shift they read one interval after another, 0 shows the last hour. The table below says the same.`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const isTouch = event.pointerType === 'touch';
          if (event.shiftKey || isTouch) gesture.hold(event.pointerId, shareOf(event));
          // A second finger stretches what the first one would mark.
          if (gesture.count() > 1) marking.cancel();
          else marking.start(event);
          if (isTouch) read({ x: event.clientX });
        }}
        onPointerMove={(event) => {
          if (marking.move(event)) return;
          const moves = gesture.count() > (event.pointerType === 'touch' ? 1 : 0);
          if (moves && gesture.move(event.pointerId, shareOf(event))) hideReading();
          else read({ x: event.clientX });
        }}
        onPointerUp={({ pointerId }) => {
          gesture.release(pointerId);
          marking.release();
        }}
        onPointerCancel={({ pointerId }) => {
          gesture.release(pointerId);
          marking.cancel();
        }}
        onPointerLeave={({ pointerType }) => {
          if (pointerType !== 'touch') hideReading();
        }}
        onFocus={({ currentTarget }) => {
          if (currentTarget.matches(':focus-visible')) readMoment(Math.min(span.to, knownNow()));
        }}
        onBlur={hideReading}
        onKeyDown={(event) => {
          const step = event.shiftKey ? stepOfKey(event.key) : 0;
          const to = step === 0 ? undefined : nextPlace(timeline, span, readAt.current ?? span.to, step);
          const next = step === 0 ? spanOfKey(event.key, span) : undefined;
          if (to !== undefined) readMoment(to);
          if (next !== undefined) showSpan(next);
          if (to === undefined && next === undefined) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <figcaption
        class="axis"
        aria-hidden="true"
        onPointerDown={marking.start}
        onPointerMove={marking.move}
        onPointerUp={marking.release}
        onPointerCancel={marking.cancel}
      >
        {axisLabels(span, width, zone.value).map(({ at, share, label }) => (
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
function useGesture(span: Span) {
  const latest = useRef(span);
  latest.current = span;
  const [gesture] = useState(() => {
    const held = new Map<number, number>();
    let told = { span, atMs: -Infinity };
    let grip: Grip = { span, shares: new Map() };
    const reached = () => (performance.now() - told.atMs < PAUSE_MS ? told.span : latest.current);
    const tell = (next: Span) => {
      const isContinued = performance.now() - told.atMs < PAUSE_MS;
      told = { span: next, atMs: performance.now() };
      showSpan(next, isContinued);
    };
    const grasp = () => (grip = { span: reached(), shares: new Map(held) });
    return {
      span: reached,
      tell,
      /** How many pointers hold it. */
      count: () => held.size,
      hold(id: number, share: number) {
        held.set(id, share);
        grasp();
      },
      /** Whether that pointer holds it. */
      move(id: number, share: number): boolean {
        if (!held.has(id)) return false;
        held.set(id, share);
        tell(spanOfGrip(grip, held, knownNow()));
        return true;
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

function stepOfKey(key: string): number {
  return key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
}

/** The middle of what is seen of the next interval from a moment on, or of the one before; undefined if there is none. */
function nextPlace(timeline: Timeline | undefined, span: Span, at: number, step: number): number | undefined {
  const places = [...(timeline?.intervals ?? []), ...(timeline?.steps ?? [])]
    .map(({ start, end }) => (Math.max(start, span.from) + Math.min(end ?? span.to, span.to)) / 2)
    .filter((place) => place >= span.from && place <= span.to);
  return step < 0 ? places.findLast((place) => place < at) : places.find((place) => place > at);
}
