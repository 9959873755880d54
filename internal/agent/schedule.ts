import type { PlannedReport } from './plan.ts';

/** Hands out the reports of many plans when they are due. */
export interface Schedule {
  /** The reports due by `nowSecond` that were not taken yet, in order of `sendAt`. */
  takeDue(nowSecond: number): Generator<PlannedReport, void>;
  /** The reports of the seconds that have begun whose delay is not over, in order of `sendAt`. */
  takeDelayed(): Generator<PlannedReport, void>;
}

/**
 * Merges plans that are each in order of timestamp. It looks no further ahead than the present second: a
 * report is never sent before its timestamp, so what waits here is only what is delayed.
 */
export function makeSchedule(plans: Iterable<Iterator<PlannedReport, void>>, startSecond: number): Schedule {
  const delayed = new Map<number, PlannedReport[]>();
  let heads = Array.from(plans, (rest) => ({ rest, head: rest.next() }));
  let nextSecond = startSecond;

  function begin(second: number): void {
    for (const plan of heads) {
      while (plan.head.done !== true && plan.head.value.timestamp <= second) {
        const report = plan.head.value;
        const sameSecond = delayed.get(report.sendAt);
        if (sameSecond) sameSecond.push(report);
        else delayed.set(report.sendAt, [report]);
        plan.head = plan.rest.next();
      }
    }
    heads = heads.filter((plan) => plan.head.done !== true);
  }

  function* take(second: number): Generator<PlannedReport, void> {
    const reports = delayed.get(second) ?? [];
    delayed.delete(second);
    yield* reports;
  }

  return {
    *takeDue(nowSecond) {
      for (; nextSecond <= nowSecond; nextSecond++) {
        begin(nextSecond);
        yield* take(nextSecond);
      }
    },
    *takeDelayed() {
      for (const second of [...delayed.keys()].sort((a, b) => a - b)) yield* take(second);
    },
  };
}
