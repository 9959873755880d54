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

/** All that is known of a service from `from` up to before `to`: its intervals, oldest first; what is between is idle. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly intervals: readonly Interval[];
}

/** The span that a bar shows, and up to when anything is known: `now`, or earlier while the data is old. */
export interface BarSpan {
  readonly from: number;
  readonly to: number;
  readonly now: number;
  /** How long before now reports may still come in, in seconds. */
  readonly provisionalSeconds: number;
}

/** A stretch of a bar, in pixels; nothing is known of what is `unknown`, which is not idle. */
export interface BarPiece {
  readonly state: State | 'unknown';
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
// A timeline that follows the present is asked for anew every few seconds. Until then it goes on as it was; when no
// answer comes for longer, nothing is known of what came after it.
const GOES_ON_SECONDS = 20;

/** Up to when a timeline tells anything, in unix seconds, if its present is `now`. */
export function knownTo({ to }: Timeline, now: number): number {
  return to < now - GOES_ON_SECONDS ? to : Math.max(to, now);
}

/** Whether a timeline tells all of a span, as far as that is past at `now`; its ends may be some seconds off. */
export function covers(timeline: Timeline, { from, to }: Pick<BarSpan, 'from' | 'to'>, now: number): boolean {
  return timeline.from <= Math.ceil(from) && knownTo(timeline, now) >= Math.min(now, Math.floor(to));
}

/**
 * Lays a timeline out over `width` pixels, proportional to time: what is not observed is idle, what is ongoing reaches
 * to now, and what the timeline does not tell of is unknown. An interval that is narrower than can be seen is widened, an
 * issue over whatever is there.
 */
export function layOutBar(timeline: Timeline | undefined, span: BarSpan, width: number): Bar {
  const scale = width / (span.to - span.from);
  const xOf = (second: number) => Math.min(width, Math.max(0, (second - span.from) * scale));
  const nowX = xOf(span.now);
  const pieces: BarPiece[] = [];
  let x = 0;
  const push = (state: BarPiece['state'], to: number) => {
    if (to <= x) return;
    const last = pieces.at(-1);
    if (last?.state === state) pieces[pieces.length - 1] = { ...last, width: to - last.x };
    else pieces.push({ state, x, width: to - x });
    x = to;
  };
  const provisionalX = Math.max(0, xOf(span.now - span.provisionalSeconds));
  if (timeline === undefined) {
    push('unknown', nowX);
    return { pieces, provisionalX: nowX, nowX };
  }
  const end = Math.min(span.now, knownTo(timeline, span.now));
  const endX = xOf(end);
  push('unknown', Math.min(nowX, xOf(timeline.from)));
  const visible = timeline.intervals.filter((each) => each.start < span.to && (each.end ?? end) > span.from);
  for (const [index, { state, start, end: stop }] of visible.entries()) {
    const left = Math.min(xOf(start), Math.max(0, endX - LEAST_PIXELS));
    const right = Math.min(endX, Math.max(xOf(stop ?? end), left + LEAST_PIXELS));
    // Many narrow intervals crowd into the same pixels: there the issue is what must be seen.
    const next = visible[index + 1];
    const yields = state === 'deploy' && next?.state === 'issue' && xOf(next.start) < right;
    push('idle', left);
    push(state, yields ? Math.max(x, xOf(next.start)) : right);
  }
  push('idle', endX);
  push('unknown', nowX);
  return { pieces, provisionalX, nowX };
}
