import type { State } from '../live/services-items.ts';
import { formatClock, formatDuration, formatMoment, formatShare } from '../time/format.ts';
import { CROWD_PIXELS, knownTo, type Interval, type Timeline } from './bar.ts';
import { sumOf, type TimelineStep } from './steps.ts';

/** What a bar says at one place: one stretch, how many intervals lie too close to be told apart, or that nothing is known. */
export type Reading =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'stretch';
      readonly state: State;
      readonly from: number;
      /** Null while it is ongoing. */
      readonly to: number | null;
      /** It is longer than is known here. */
      readonly isCut: boolean;
    }
  | {
      readonly kind: 'crowd';
      readonly from: number;
      readonly to: number;
      readonly issues: number;
      readonly deploys: number;
      /** Of the time from `from` to `to`. */
      readonly issueShare: number;
    };

/**
 * Reads a timeline at a moment; of what is closer than `pixelSeconds` a pixel nothing can be told apart. `now` is the
 * present, in unix seconds.
 */
export function readAt(
  timeline: Timeline | undefined,
  at: number,
  pixelSeconds: number,
  now: number,
): Reading {
  if (timeline === undefined || at < timeline.from) return { kind: 'unknown' };
  const end = Math.min(now, knownTo(timeline, now));
  // A pixel beside the present is the present.
  if (at > end + 2 * pixelSeconds) return { kind: 'unknown' };
  const { intervals } = timeline;
  const endOf = (interval: Interval) => interval.end ?? end;
  const half = (CROWD_PIXELS / 2) * pixelSeconds;
  if (timeline.steps !== undefined) return readSteps(timeline, timeline.steps, at, half);
  const near = intervals.filter((each) => each.start < at + half && endOf(each) > at - half);
  if (near.filter((each) => endOf(each) - each.start < 2 * pixelSeconds).length > 1) {
    return crowdOf(near, Math.max(timeline.from, at - half), Math.min(end, at + half), endOf);
  }
  const hit =
    near.find((each) => each.start <= at && endOf(each) > at) ??
    // What was widened to be seen can be pointed at, too.
    near.find((each) => Math.min(Math.abs(each.start - at), Math.abs(endOf(each) - at)) <= 2 * pixelSeconds);
  if (hit !== undefined) {
    const { state, start, end: to } = hit;
    return {
      kind: 'stretch',
      state,
      from: start,
      to,
      isCut: hit.isCutAtStart === true || hit.isCutAtEnd === true,
    };
  }
  const before = intervals.findLast((each) => endOf(each) <= at);
  const after = intervals.find(({ start }) => start > at);
  const from = before === undefined ? timeline.from : endOf(before);
  const to = after?.start ?? (end < now ? end : null);
  return {
    kind: 'stretch',
    state: 'idle',
    from,
    to,
    isCut: before === undefined || (after === undefined && to !== null),
  };
}

/** Reads the steps around a moment, or how long it was idle there. */
function readSteps(
  { from, to }: Timeline,
  steps: readonly TimelineStep[],
  at: number,
  half: number,
): Reading {
  const near = sumOf(steps.filter((each) => each.start < at + half && each.end > at - half));
  if (near !== undefined) {
    const { start, end, issues, deploys, issueSeconds } = near;
    return { kind: 'crowd', from: start, to: end, issues, deploys, issueShare: issueSeconds / (end - start) };
  }
  const before = steps.findLast(({ end }) => end <= at);
  const after = steps.find(({ start }) => start > at);
  const isCut = before === undefined || after === undefined;
  return { kind: 'stretch', state: 'idle', from: before?.end ?? from, to: after?.start ?? to, isCut };
}

function crowdOf(
  near: readonly Interval[],
  from: number,
  to: number,
  endOf: (interval: Interval) => number,
): Reading {
  const issues = near.filter(({ state }) => state === 'issue');
  const seconds = issues.map((each) => Math.max(0, Math.min(endOf(each), to) - Math.max(each.start, from)));
  const issueSeconds = seconds.reduce((sum, each) => sum + each, 0);
  return {
    ...{ kind: 'crowd', from, to, issues: issues.length, deploys: near.length - issues.length },
    issueShare: issueSeconds / (to - from),
  };
}

/** A reading in words: `issue, 12:03:05 – ongoing, 5 min 03 s`. Days are named where they are not that of `now`. */
export function wordsOf(reading: Reading, now: number, zone: string): string {
  if (reading.kind === 'unknown') return 'nothing is known here';
  const today = formatMoment(now, zone).slice(0, 10);
  const moment = (at: number) =>
    formatMoment(at, zone).startsWith(today) ? formatClock(at, zone) : formatMoment(at, zone);
  const { from, to } = reading;
  const day = formatMoment(from, zone).slice(0, 10);
  const later = (at: number) => (formatMoment(at, zone).startsWith(day) ? formatClock(at, zone) : moment(at));
  if (reading.kind === 'crowd') {
    const { issues, deploys, issueShare } = reading;
    const counts = [
      ...(issues > 0 ? [`${issues} × issue`] : []),
      ...(deploys > 0 ? [`${deploys} × deploy`] : []),
    ];
    const when = `${moment(from)} – ${later(reading.to)}`;
    return [...counts, when, `in issue ${formatShare(issueShare)} of it`].join(', ');
  }
  const duration = `${reading.isCut ? 'more than ' : ''}${formatDuration((to ?? now) - from)}`;
  return `${reading.state}, ${moment(from)} – ${to === null ? 'ongoing' : later(to)}, ${duration}`;
}

/** What a bar shows of a span, in a sentence, for those who do not see it. */
export function summaryOf(
  timeline: Timeline | undefined,
  span: { readonly from: number; readonly to: number },
): string {
  if (timeline === undefined) return 'nothing is known yet';
  if (timeline.steps !== undefined) return summaryOfSteps(timeline.steps, span);
  const told = (['issue', 'deploy'] as const).flatMap((state) => {
    const parts = timeline.intervals
      .filter((each) => each.state === state)
      .map(({ start, end }) => Math.min(end ?? span.to, span.to) - Math.max(start, span.from))
      .filter((seconds) => seconds > 0);
    const seconds = parts.reduce((sum, each) => sum + each, 0);
    return parts.length === 0 ? [] : [`${parts.length} × ${state}, ${formatDuration(seconds)} in all`];
  });
  return told.length === 0 ? 'idle' : told.join('; ');
}

function summaryOfSteps(
  steps: readonly TimelineStep[],
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const sum = sumOf(steps.filter(({ start, end }) => start < to && end > from));
  if (sum === undefined) return 'idle';
  const { issues, issueSeconds, deploys, deploySeconds } = sum;
  const parts = [
    ...(issueSeconds > 0 ? [`${issues} × issue, ${formatDuration(issueSeconds)} in all`] : []),
    ...(deploySeconds > 0 ? [`${deploys} × deploy, ${formatDuration(deploySeconds)} in all`] : []),
  ];
  return parts.join('; ');
}
