import { useEffect, useRef } from 'preact/hooks';

import { useData, type Data } from '../data/use-data.ts';
import type { DeploymentRecord, RecordsAnswer } from '../deployments/record.ts';
import {
  CHART_PLACES,
  intervalsPath,
  timelinePaths,
  timelinesOf,
  type TimelinesAnswer,
} from '../services/timeline-cache.ts';
import type { Interval, Timeline } from '../timeline/bar.ts';
import { provisionalSeconds } from '../timeline/provisional.ts';
import { tailStart } from '../timeline/steps.ts';
import { LOOK_BACK_SECONDS } from './before-issue.ts';
import type { StatsAnswer } from './figures.tsx';
import { stepOf, type ShownSpan } from '../span/span.ts';

// How often the history of a span that reaches up to now is asked for anew, in seconds.
const FOLLOW_SECONDS = 2;
const STATS_SECONDS = 10;

/** The timeline of the span and of some time before it, in which causes are looked for; of an earlier span meanwhile. */
export function useTimeline(name: string, span: ShownSpan) {
  // A moving span is asked for in steps, a little longer than it is seen.
  const step = span.follows ? stepOf(span, FOLLOW_SECONDS) : 1;
  const from = Math.max(0, Math.floor(span.from / step) * step - LOOK_BACK_SECONDS);
  const [path] = timelinePaths([name], { ...span, from }, CHART_PLACES);
  const { value, fault } = useData<TimelinesAnswer>(path, STATS_SECONDS * 1000);
  useEffect(() => {
    if (value !== undefined) provisionalSeconds.value = value.provisional_seconds;
  }, [value]);
  const last = useLast(value === undefined ? undefined : timelinesOf(value).get(name));
  return { timeline: last, fault };
}

// At least so many, where there are as many in the last hours.
const NEWEST_INTERVALS = 200;

/** The intervals of a timeline; of one that is told in steps the newest, and how many others there are before them. */
export function useIntervals(
  name: string,
  timeline: Timeline | undefined,
  span: ShownSpan,
): { readonly intervals: readonly Interval[]; readonly earlier: number } {
  const steps = timeline?.steps;
  const from =
    steps &&
    tailStart(
      steps.filter(({ start }) => start < span.to),
      NEWEST_INTERVALS,
    );
  const path = from === undefined ? undefined : intervalsPath(name, from, span);
  const { value } = useData<TimelinesAnswer>(path, STATS_SECONDS * 1000);
  const newest = useLast(value === undefined ? undefined : timelinesOf(value).get(name));
  if (steps === undefined) return { intervals: timeline?.intervals ?? [], earlier: 0 };
  const { intervals = [], from: since = Infinity } = newest ?? {};
  const earlier = steps.filter(({ end, start }) => end > span.from && start < Math.min(since, span.to));
  return { intervals, earlier: earlier.reduce((sum, { deploys, issues }) => sum + deploys + issues, 0) };
}

/** The last value that was there: while the next answer is awaited, the one before stays. */
function useLast<T>(value: T | undefined): T | undefined {
  const last = useRef<T>(undefined);
  if (value !== undefined) last.current = value;
  return last.current;
}

/** The figures of the span; of the one before while these are awaited (`isOld`). Of what was never reported there are none. */
export function useStats(name: string, span: ShownSpan, isReported: boolean) {
  const data = useData<StatsAnswer>(isReported ? statsPath(name, span) : undefined, STATS_SECONDS * 1000);
  return { ...data, isOld: !useIsAnswered(data, span) };
}

/** Whether the span that is shown was answered yet. One that moves along stays the same, though it asks ever anew. */
function useIsAnswered({ value, isOld }: Data<unknown>, { from, to, follows }: ShownSpan): boolean {
  const shown = follows ? String(Math.round(to - from)) : `${from} ${to}`;
  const answered = useRef<string>(undefined);
  if (!isOld && value !== undefined) answered.current = shown;
  return answered.current === shown;
}

function statsPath(name: string, { from, to, follows }: ShownSpan): string | undefined {
  // Browsers fold these away in paths, whatever the encoding.
  if (name === '.' || name === '..') return undefined;
  const step = stepOf({ from, to }, STATS_SECONDS);
  const start = Math.floor(from / step) * step;
  if (to - start > 366 * 86_400) return undefined;
  return `/services/${encodeURIComponent(name)}/stats?from=${start}${follows ? '' : `&to=${Math.ceil(to)}`}`;
}

/** What was deployed of the component of that name, in the span and some time before it; undefined while unknown. */
export function useRecords(name: string, span: ShownSpan): readonly DeploymentRecord[] | undefined {
  const isComponent = /^[a-z0-9][a-z0-9.-]*$/.test(name);
  const { from, to } = span;
  const start = Math.floor((from - LOOK_BACK_SECONDS) / 60) * 60;
  const path = `/historical/${encodeURIComponent(name)}?from=${iso(start)}&to=${iso(Math.ceil(to / 60) * 60)}&limit=1000`;
  const data = useData<RecordsAnswer>(isComponent ? path : undefined, STATS_SECONDS * 1000);
  const isAnswered = useIsAnswered(data, span);
  if (!isComponent) return [];
  return isAnswered ? data.value?.Records : undefined;
}

function iso(unixSeconds: number): string {
  return new Date(Math.max(0, unixSeconds) * 1000).toISOString();
}
