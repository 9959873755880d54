import { SPAN_SECONDS } from './load-plan.ts';
import { randomBetween } from '../program/random.ts';

const HOUR_SECONDS = 3600;

/**
 * What is reported of each service, in order of time: stretches of a state with gaps of one to three seconds, changes
 * of state, both states in one second, the same again, silences, and leaps to just before the next full hour, which
 * is where every service begins. Intervals of all these kinds are what a timeline can get wrong.
 */
export class ServiceWalks {
  readonly #random: () => number;
  /** Seconds since the plan's start. */
  readonly #second: Uint32Array;
  readonly #isIssue: Uint8Array;

  constructor(services: number, random: () => number) {
    this.#random = random;
    this.#second = Uint32Array.from({ length: services }, () => beforeHour(0, random));
    this.#isIssue = Uint8Array.from({ length: services }, () => randomBetween(random, 0, 1));
  }

  /** The service's next report, as a {@link sighting}. */
  next(service: number): number {
    const random = this.#random;
    const kind = random();
    const second = this.#second[service] ?? 0;
    const isIssue = this.#isIssue[service] ?? 0;
    const [step, changes] = stepOf(kind, random);
    const reached = step === 'next hour' ? beforeHour(second, random) : second + step;
    // Beyond its span a walk begins anew, among the seconds that it left out.
    this.#second[service] = reached % SPAN_SECONDS;
    this.#isIssue[service] = changes ? 1 - isIssue : isIssue;
    return sighting(second, isIssue === 1);
  }
}

/** A second since the plan's start and a state in one number, ordered by second and then deploy before issue. */
export function sighting(second: number, isIssue: boolean): number {
  return second * 2 + (isIssue ? 1 : 0);
}

/** What {@link sighting} was made of. */
export function seen(number: number): { second: number; isIssue: boolean } {
  return { second: Math.floor(number / 2), isIssue: number % 2 === 1 };
}

/** How far to the next report, and whether it has the other state. */
function stepOf(kind: number, random: () => number): [number | 'next hour', boolean] {
  if (kind < 0.55) return [1, false];
  if (kind < 0.63) return [0, true];
  if (kind < 0.71) return [2, false];
  if (kind < 0.79) return [3, false];
  if (kind < 0.89) return [1, true];
  if (kind < 0.93) return [randomBetween(random, 2, 3), true];
  if (kind < 0.95) return [0, false];
  if (kind < 0.995) return [randomBetween(random, 4, 120), random() < 0.5];
  return ['next hour', random() < 0.5];
}

function beforeHour(second: number, random: () => number): number {
  const nextHour = (Math.floor(second / HOUR_SECONDS) + 1) * HOUR_SECONDS;
  return Math.max(second, nextHour - randomBetween(random, 0, 9));
}
