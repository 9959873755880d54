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
