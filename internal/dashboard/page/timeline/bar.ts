import type { State } from '../live/services-items.ts';

/** An interval of a timeline; `end` is null while it is ongoing. Times in unix seconds. */
export interface Interval {
  readonly state: 'deploy' | 'issue';
  readonly start: number;
  readonly end: number | null;
  /** It reaches further than the span that was asked for, or ends with it. */
  readonly isCutAtStart?: boolean;
  readonly isCutAtEnd?: boolean;
}

/** The span that a bar shows, and up to when anything is known: `now`, or earlier while the data is old. */
export interface BarSpan {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** How long before now reports may still come in, in seconds. */
  readonly provisionalSeconds: number;
}

/** A stretch of a bar, in pixels. */
export interface BarPiece {
  readonly state: State;
  readonly x: number;
  readonly width: number;
}

export interface Bar {
  /** From left to right, without holes, from the beginning to now. */
  readonly pieces: readonly BarPiece[];
  /** Where what late reports may still change begins. */
  readonly provisionalX: number;
  readonly nowX: number;
}

// What is narrower could not be seen.
const LEAST_PIXELS = 2;

/**
 * Lays a timeline out over `width` pixels, proportional to time: what is not observed is idle, what is ongoing reaches
 * to now. An interval that is narrower than can be seen is widened, an issue over whatever is there.
 */
export function layOutBar(intervals: readonly Interval[], span: BarSpan, width: number): Bar {
  const scale = width / (span.to - span.from);
  const xOf = (second: number) => Math.min(width, Math.max(0, (second - span.from) * scale));
  const nowX = xOf(span.now);
  const pieces: BarPiece[] = [];
  let x = 0;
  const push = (state: State, to: number) => {
    if (to <= x) return;
    const last = pieces.at(-1);
    if (last?.state === state) pieces[pieces.length - 1] = { ...last, width: to - last.x };
    else pieces.push({ state, x, width: to - x });
    x = to;
  };
  const visible = intervals.filter(({ start, end }) => start < span.to && (end ?? span.now) > span.from);
  for (const [index, { state, start, end }] of visible.entries()) {
    const left = Math.min(xOf(start), Math.max(0, nowX - LEAST_PIXELS));
    const right = Math.min(nowX, Math.max(xOf(end ?? span.now), left + LEAST_PIXELS));
    // Many narrow intervals crowd into the same pixels: there the issue is what must be seen.
    const next = visible[index + 1];
    const yields = state === 'deploy' && next?.state === 'issue' && xOf(next.start) < right;
    push('idle', left);
    push(state, yields ? Math.max(x, xOf(next.start)) : right);
  }
  push('idle', nowX);
  return { pieces, provisionalX: Math.max(0, xOf(span.now - span.provisionalSeconds)), nowX };
}
