import { pan, zoom, type Span } from '../span/span.ts';

/** Where pointers were put down on a timeline, by their ids, as shares of its width, and what it showed then. */
export interface Grip {
  readonly span: Span;
  readonly shares: ReadonlyMap<number, number>;
}

// Two fingers closer than this say nothing about how far they were spread.
const LEAST_SPREAD = 0.02;

/**
 * What a timeline shows once the pointers of a grip are at `shares`: one moves it, two stretch it. It is reckoned from
 * where they were put down, as a single step may be too small to show in the URL.
 */
export function spanOfGrip(grip: Grip, shares: ReadonlyMap<number, number>, now: number): Span {
  const [first, second] = [...grip.shares].map(([id, before]) => [before, shares.get(id) ?? before] as const);
  if (first === undefined) return grip.span;
  if (second === undefined) return pan(grip.span, first[0] - first[1], now);
  const [spreadBefore, spread] = [Math.abs(first[0] - second[0]), Math.abs(first[1] - second[1])];
  if (spreadBefore < LEAST_SPREAD || spread < LEAST_SPREAD) return grip.span;
  const [middleBefore, middle] = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2];
  return pan(zoom(grip.span, spreadBefore / spread, middleBefore), middleBefore - middle, now);
}
