/** A stretch of time, in unix seconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A span, and whether it reaches up to now and moves along. */
export interface ShownSpan extends Span {
  readonly follows: boolean;
}

const LEAST_SECONDS = 60;
// As much as the service tells of one service at once.
const MOST_SECONDS = 400 * 86_400;
export const DEFAULT_SECONDS = 3600;
// Time passes between what is seen and what is done to it.
const FOLLOWING_SECONDS = 5;

/** The span that a URL's query names: a fixed one, or the last `span` seconds up to now, which moves along. */
export function spanOf(query: Readonly<Record<string, string>>, now: number): ShownSpan {
  const [from, to] = [Number(query.from ?? NaN), Number(query.to ?? NaN)];
  if (from >= 0 && to > from) return { from, to: Math.min(to, from + MOST_SECONDS), follows: false };
  const seconds = clampSeconds(Number(query.span ?? NaN) || DEFAULT_SECONDS);
  return { from: Math.max(0, now - seconds), to: now, follows: true };
}

/** The query that names a span; one that reaches up to now follows it. */
export function queryOf({ from, to }: Span, now: number): { from: string; to: string; span: string } {
  const seconds = clampSeconds(to - from);
  if (to > now - FOLLOWING_SECONDS) {
    const span = Math.round(seconds);
    return { from: '', to: '', span: span === DEFAULT_SECONDS ? '' : String(span) };
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

function clampSeconds(seconds: number): number {
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds));
}
