import { formatDuration } from '../time/format.ts';

/** A stretch of time, in unix seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A span, and whether it reaches up to now and moves along. */
export interface ShownSpan extends Span {
  readonly follows: boolean;
}

/** The spans up to now that are a click away: what the button says, how long they are, and what a sentence calls them. */
export const presets = [
  { title: '15 min', seconds: 900, words: '15 minutes' },
  { title: '1 h', seconds: 3600, words: 'hour' },
  { title: '24 h', seconds: 86_400, words: '24 hours' },
  { title: '7 d', seconds: 604_800, words: '7 days' },
  { title: '30 d', seconds: 2_592_000, words: '30 days' },
] as const;

const LEAST_SECONDS = 60;
// As much as the service tells of one service at once.
const MOST_SECONDS = 400 * 86_400;
// Time passes between what is seen and what is done to it.
const FOLLOWING_SECONDS = 5;

/**
 * The span that a URL's query names: a fixed one, or the last `span` seconds up to now, which moves along; `usualSeconds` of
 * them if it names none.
 */
export function spanOf(
  query: Readonly<Record<string, string>>,
  now: number,
  usualSeconds: number,
): ShownSpan {
  const from = Number(query.from ?? NaN);
  const to = Number(query.to ?? NaN);
  if (from >= 0 && to > from) return { from, to: Math.min(to, from + MOST_SECONDS), follows: false };
  const seconds = clampSeconds(Number(query.span ?? NaN) || usualSeconds);
  return { from: Math.max(0, now - seconds), to: now, follows: true };
}

/** The query that names a span; one that reaches up to now follows it. */
export function queryOf({ from, to }: Span, now: number): { from: string; to: string; span: string } {
  const seconds = clampSeconds(to - from);
  if (to > now - FOLLOWING_SECONDS) {
    return { from: '', to: '', span: String(Math.round(seconds)) };
  }
  // Rounded one by one, both ends would drift apart with each step.
  const start = Math.round(from);
  return { from: String(start), to: String(start + Math.round(seconds)), span: '' };
}

/** The span `factor` times as long, in which the moment at `share` of it (0 to 1) stays where it is. */
export function zoom({ from, to }: Span, factor: number, share: number): Span {
  const seconds = clampSeconds((to - from) * factor);
  const at = from + (to - from) * share;
  const start = Math.max(0, at - seconds * share);
  return { from: start, to: start + seconds };
}

/** The span moved by a share of its length; never past now. */
export function pan({ from, to }: Span, share: number, now: number): Span {
  const seconds = to - from;
  const end = Math.min(now, to + seconds * share);
  const start = Math.max(0, end - seconds);
  return { from: start, to: start + seconds };
}

/** Whether some of the interval, which may be ongoing, is seen in the span. */
export function isIn(
  { from, to }: Span,
  { start, end }: { readonly start: number; readonly end: number | null },
): boolean {
  return start < to && (end === null || end > from);
}

/** How many seconds a span moves along until it is asked for anew: less can hardly be seen, and after a minute there is news. */
export function stepOf({ from, to }: Span, leastSeconds: number): number {
  return Math.min(60, Math.max(leastSeconds, Math.ceil((to - from) / 1000)));
}

/** What is asked of the service for a span, as a query: ever the same for a while, also while the span moves along. */
export function askedOf(span: ShownSpan, leastSeconds = 10): { readonly from: string; readonly to: string } {
  const step = span.follows ? stepOf(span, leastSeconds) : 1;
  return {
    from: String(Math.floor(span.from / step) * step),
    to: span.follows ? '' : String(Math.ceil(span.to)),
  };
}

/** The same as what stands in the query: what follows the present has no end there. */
export function boundsOf(span: ShownSpan): readonly [string, string][] {
  return Object.entries(askedOf(span)).filter(([, value]) => value !== '');
}

/** How long a span is: `24 h`. */
export function lengthOf({ from, to }: Span): string {
  const seconds = Math.round(to - from);
  return presets.find((each) => each.seconds === seconds)?.title ?? formatDuration(seconds);
}

/** What a sentence calls a span: `the last 24 hours`, or `the span` if it does not end now. */
export function titleOf({ from, to, follows }: ShownSpan): string {
  const seconds = Math.round(to - from);
  if (!follows) return 'the span';
  return `the last ${presets.find((each) => each.seconds === seconds)?.words ?? formatDuration(seconds)}`;
}

/** The part of a span between two places of it, each a share of its length; what is at its end is its end. */
export function partOf({ from, to }: Span, one: number, other: number): Span {
  const at = (share: number) => (share > 0.995 ? to : from + Math.max(0, share) * (to - from));
  return { from: at(Math.min(one, other)), to: at(Math.max(one, other)) };
}

function clampSeconds(seconds: number): number {
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds));
}
