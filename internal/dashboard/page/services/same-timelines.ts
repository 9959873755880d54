import type { Interval, Timeline } from '../timeline/bar.ts';
import type { TimelineStep } from '../timeline/steps.ts';

/** A timeline that stays the same object for as long as the same is told of its service. */
export interface LastingTimeline extends Timeline {
  from: number;
  to: number;
}

/**
 * What is told of a service, as the object that told the same before, if there is one: its row is not drawn anew for that. Only
 * from when and up to when it is known changes, which bars look at each second; what reaches further back is another one, so
 * that it is seen at once.
 */
export function asBefore(before: LastingTimeline | undefined, told: Timeline): LastingTimeline {
  if (before === undefined || told.from < before.from || !isSame(before, told)) return { ...told };
  before.from = told.from;
  before.to = told.to;
  return before;
}

function isSame(a: Timeline, b: Timeline): boolean {
  return areSame(a.intervals, b.intervals, isSameInterval) && areSame(a.steps, b.steps, isSameStep);
}

function areSame<T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  isSameItem: (a: T, b: T | undefined) => boolean,
): boolean {
  return a?.length === b?.length && (a ?? []).every((each, index) => isSameItem(each, b?.[index]));
}

function isSameInterval(a: Interval, b: Interval | undefined): boolean {
  const isSameTime = a.start === b?.start && a.end === b.end;
  return (
    isSameTime && a.state === b.state && a.isCutAtStart === b.isCutAtStart && a.isCutAtEnd === b.isCutAtEnd
  );
}

function isSameStep(a: TimelineStep, b: TimelineStep | undefined): boolean {
  const isSameTime = a.start === b?.start && a.end === b.end;
  const isSameCount = a.deploys === b?.deploys && a.issues === b.issues;
  return (
    isSameTime && isSameCount && a.deploySeconds === b.deploySeconds && a.issueSeconds === b.issueSeconds
  );
}
