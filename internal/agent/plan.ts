import { randomBetween, randomOf } from '../program/random.ts';

/** A report that will be made: what it says, when it is sent and how often. */
export interface PlannedReport {
  serviceName: string;
  state: 'deploy' | 'issue';
  /** Whole unix seconds. */
  timestamp: number;
  /** Simulated unix seconds, whole, from `timestamp` to `mostDelaySeconds` after it. */
  sendAt: number;
  /** 0: lost on the way, never sent. 2: sent twice. */
  copies: 0 | 1 | 2;
}

/** What a plan depends on besides the service's name. */
export interface PlanOptions {
  seed: number;
  /** The first second, whole unix seconds. */
  startSecond: number;
  /** The second after the last; may be Infinity. */
  endSecond: number;
  /** The share of the reports that are never sent, 0 to 1. */
  loss: number;
  /** The share of the sent reports that are sent twice, 0 to 1. */
  duplicates: number;
}

/** No report is sent later than this after its timestamp. */
const mostDelaySeconds = 9;
const mostReportingSeconds = 60;
const mostSilentSeconds = 119;
const delayedShare = 1 / 3;

/**
 * The reports of one service in order of timestamp: a state for 1–60 s, once a second, then 0–119 s of
 * silence, and again. The same name and options give the same plan; no service depends on another.
 */
export function* planOf(serviceName: string, options: PlanOptions): Generator<PlannedReport, void> {
  const random = randomOf(`${options.seed}/${serviceName}`);
  let second = options.startSecond;
  while (second < options.endSecond) {
    const state = random() < 0.5 ? 'deploy' : 'issue';
    const silentFrom = second + randomBetween(random, 1, mostReportingSeconds);
    for (; second < silentFrom && second < options.endSecond; second++) {
      yield reportAt(second, serviceName, state, random, options);
    }
    second += randomBetween(random, 0, mostSilentSeconds);
  }
}

/** Draws the same count of numbers for every report, so loss and duplicates do not shift what follows. */
function reportAt(
  timestamp: number,
  serviceName: string,
  state: PlannedReport['state'],
  random: () => number,
  { loss, duplicates }: PlanOptions,
): PlannedReport {
  const isDelayed = random() < delayedShare;
  const delaySeconds = randomBetween(random, 0, mostDelaySeconds);
  const isLost = random() < loss;
  const isDoubled = random() < duplicates;
  return {
    serviceName,
    state,
    timestamp,
    sendAt: isDelayed ? timestamp + delaySeconds : timestamp,
    copies: isLost ? 0 : isDoubled ? 2 : 1,
  };
}

const firstNames = ['web-server', 'database', 'cache', 'producer', 'consumer', 'message-broker'];

/** How many services the agent speaks for unless told otherwise. */
export const defaultServices = firstNames.length;

/** The names of `count` services: six with names of their own, then `service-0007` and so on. */
export function serviceNames(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => firstNames[index] ?? `service-${String(index + 1).padStart(4, '0')}`,
  );
}

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
