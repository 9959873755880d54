import type { State } from '../live/services-items.ts';
import { sumOf, type TimelineStep } from './steps.ts';

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
  /** Where it has too many intervals to be told: what they come to. Then `intervals` is empty. */
  readonly steps?: readonly TimelineStep[];
}

/** Whether there is anything but idle in it. */
export function isIdle({ intervals, steps = [] }: Timeline): boolean {
  return intervals.length + steps.length === 0;
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
  /** Where it covers many intervals: in how much of its time the service was in that state; all of it otherwise. */
  readonly share?: number;
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
/** Where several intervals that are narrower than can be seen lie as close as this, their share is shown. */
export const CROWD_PIXELS = 6;
// A timeline that follows the present is asked for anew every few seconds, a long one each minute. Until then it goes on as
// it was; when no answer comes for longer, nothing is known of what came after it.
const LEAST_GOES_ON_SECONDS = 20;
const MOST_GOES_ON_SECONDS = 150;

/** Up to when a timeline tells anything, in unix seconds, if its present is `now`. */
export function knownTo({ from, to }: Timeline, now: number): number {
  const goesOn = Math.min(MOST_GOES_ON_SECONDS, Math.max(LEAST_GOES_ON_SECONDS, (to - from) / 500));
  return to < now - goesOn ? to : Math.max(to, now);
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
  if (timeline.steps !== undefined) {
    const told = stepPieces(timeline.steps, xOf, { x, endX });
    return { pieces: [...pieces, ...told, ...rest('unknown', endX, nowX)], provisionalX, nowX };
  }
  const visible = timeline.intervals.filter((each) => each.start < span.to && (each.end ?? end) > span.from);
  visible.forEach(({ state, start, end: stop }, index) => {
    const left = Math.min(xOf(start), Math.max(0, endX - LEAST_PIXELS));
    const right = Math.min(endX, Math.max(xOf(stop ?? end), left + LEAST_PIXELS));
    // Many narrow intervals crowd into the same pixels: there the issue is what must be seen.
    const next = visible[index + 1];
    const yields = state === 'deploy' && next?.state === 'issue' && xOf(next.start) < right;
    push('idle', left);
    push(state, yields ? Math.max(x, xOf(next.start)) : right);
  });
  push('idle', endX);
  push('unknown', nowX);
  const places = visible.map(({ state, start, end: stop }) => ({
    state,
    left: xOf(start),
    right: xOf(stop ?? end),
  }));
  return { pieces: withCrowds(pieces, crowdsOf(places, endX)), provisionalX, nowX };
}

/**
 * A bar of steps, each as high as the share of the time that it was in issue, or in deploys where it was in none. Steps that
 * are narrower than can be seen are one with the next, and all begin and end with a pixel, so that no seams are seen.
 */
function stepPieces(
  steps: readonly TimelineStep[],
  xOf: (second: number) => number,
  { x: startX, endX }: { readonly x: number; readonly endX: number },
): BarPiece[] {
  const pieces: BarPiece[] = [];
  let x = startX;
  for (const { start, end, deploySeconds, issueSeconds } of joinedUpTo(steps, xOf)) {
    const left = Math.max(x, Math.min(Math.round(xOf(start)), endX - LEAST_PIXELS));
    // What reaches up to the end goes on as it was until the next answer.
    const isLast = xOf(end) > endX - LEAST_PIXELS;
    const right = isLast ? endX : Math.min(endX, Math.max(Math.round(xOf(end)), left + LEAST_PIXELS));
    if (right <= left) continue;
    pieces.push(...rest('idle', x, left));
    const state = issueSeconds > 0 ? 'issue' : 'deploy';
    const share = Math.min(1, (issueSeconds > 0 ? issueSeconds : deploySeconds) / (end - start));
    pieces.push({ state, x: left, width: right - left, share });
    x = right;
  }
  return [...pieces, ...rest('idle', x, endX)];
}

/** Steps that follow each other, joined until they can be seen. */
function* joinedUpTo(
  steps: readonly TimelineStep[],
  xOf: (second: number) => number,
): Generator<TimelineStep> {
  let some: TimelineStep[] = [];
  for (const [index, step] of steps.entries()) {
    some.push(step);
    const isWide = xOf(step.end) - xOf(some[0]?.start ?? step.start) >= LEAST_PIXELS;
    if (!isWide && steps[index + 1]?.start === step.end) continue;
    const sum = sumOf(some);
    if (sum !== undefined) yield sum;
    some = [];
  }
}

/** What lies from one place to another; nothing if they are the same. */
function rest(state: BarPiece['state'], from: number, to: number): BarPiece[] {
  return to > from ? [{ state, x: from, width: to - from }] : [];
}

interface Place {
  readonly state: Interval['state'];
  readonly left: number;
  readonly right: number;
}

/**
 * Where intervals crowd, each widened to be seen, a bar would be solid for what is a few percent of the time. There it has
 * stretches that tell the share of an issue, or of deploys where there is none.
 */
function crowdsOf(places: readonly Place[], endX: number): BarPiece[] {
  const narrow = places.filter(({ left, right }) => right - left < LEAST_PIXELS);
  // From left to right, as they are: those of one cell follow each other.
  const cells = narrow.map(({ left }) => Math.floor(left / CROWD_PIXELS));
  const crowded = cells.filter((cell, index) => cell === cells[index - 1] && cell !== cells[index - 2]);
  return crowded
    .map((cell): BarPiece => {
      const x = cell * CROWD_PIXELS;
      const width = Math.min(CROWD_PIXELS, endX - x);
      const issue = pixelsWithin(places, 'issue', x);
      const state = issue > 0 ? 'issue' : 'deploy';
      const pixels = issue > 0 ? issue : pixelsWithin(places, 'deploy', x);
      return { state, x, width, share: Math.min(1, pixels / width) };
    })
    .filter(({ width }) => width > 0);
}

/** How much of the cell that begins there was in that state. */
function pixelsWithin(places: readonly Place[], state: Place['state'], x: number): number {
  return places.reduce((sum, place) => {
    const within = Math.min(place.right, x + CROWD_PIXELS) - Math.max(place.left, x);
    return place.state === state && within > 0 ? sum + within : sum;
  }, 0);
}

/** The pieces, with crowds in place of what they cover; both from left to right. */
function withCrowds(pieces: readonly BarPiece[], crowds: readonly BarPiece[]): readonly BarPiece[] {
  if (crowds.length === 0) return pieces;
  const left = pieces.flatMap((piece) => {
    const end = piece.x + piece.width;
    const parts: BarPiece[] = [];
    let { x } = piece;
    crowds.forEach((crowd) => {
      if (crowd.x + crowd.width <= x || crowd.x >= end) return;
      if (crowd.x > x) parts.push({ ...piece, x, width: crowd.x - x });
      x = crowd.x + crowd.width;
    });
    if (x < end) parts.push({ ...piece, x, width: end - x });
    return parts;
  });
  return [...left, ...crowds].sort((a, b) => a.x - b.x);
}
