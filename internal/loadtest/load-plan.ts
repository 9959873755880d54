import { createHash } from 'node:crypto';

import { randomBetween, randomOf } from '../program/random.ts';

/** What is to be sent. The same plan makes the same requests, byte for byte. Plain data: it goes to a thread. */
export interface LoadPlan {
  /** The name of a mode in modes/modes.ts. */
  readonly mode: string;
  /** 32 bits. */
  readonly seed: number;
  readonly services: number;
  /** Events in all; Infinity for a run that is ended by time. */
  readonly events: number;
  /** Events per body. */
  readonly batch: number;
  /** Whether the order of the events is mixed. */
  readonly shuffle: boolean;
  /** How many times as many events are repetitions as are not, 0 to 1. */
  readonly duplicates: number;
  /** Unix seconds before all events, a full hour. */
  readonly startSecond: number;
}

/** All events are within so many seconds (a year and three weeks) after the start. */
export const SPAN_SECONDS = 2 ** 25;

/**
 * How the names of the plan's services begin. Other plans, the same one with another seed included, have other names:
 * what they left in a database does not disturb.
 */
export function namePrefix(plan: LoadPlan): string {
  const { services, events, shuffle, duplicates, startSecond } = plan;
  const parts = [services, String(events), shuffle, duplicates, startSecond];
  const print = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 6);
  return `load-${plan.seed.toString(36)}-${print}-`;
}

/** The names of the plan's services; some have characters that do not travel in paths as they are. */
export function serviceName(prefix: string, service: number): string {
  return service % 16 === 5 ? `${prefix}${service} a/b?c=%41` : `${prefix}${service}`;
}

/** One event: something was seen of a service. */
export interface PlannedEvent {
  /** Its number, from 0. */
  readonly service: number;
  /** When and in which state, see {@link sighting}. */
  readonly sighting: number;
}

const SIGHTINGS = SPAN_SECONDS * 2;

/** The event in one number: by service, then by sighting. */
export function keyOf({ service, sighting }: PlannedEvent): number {
  return service * SIGHTINGS + sighting;
}

/** What {@link keyOf} was made of. */
export function eventOf(key: number): PlannedEvent {
  const service = Math.floor(key / SIGHTINGS);
  return { service, sighting: key - service * SIGHTINGS };
}

// Events are mixed and repeated within a block, so that a long run needs no more memory than one block.
const BLOCK_EVENTS = 2 ** 20;

/**
 * The events of a plan in the order in which they are sent. They are made anew from the seed whenever they are needed,
 * when requests are built as well as when a service is verified, so nobody has to keep them.
 */
export function* plannedEvents(plan: LoadPlan): Generator<PlannedEvent, void> {
  const random = randomOf(plan.seed);
  const walks = new ServiceWalks(plan.services, random);
  let turn = 0;
  for (let left = plan.events; left > 0; left -= BLOCK_EVENTS) {
    const length = Math.min(left, BLOCK_EVENTS);
    const keys = new Float64Array(length);
    for (let index = 0; index < length; index++) {
      // Of 1 + duplicates events, `duplicates` are repetitions.
      if (index > 0 && random() * (1 + plan.duplicates) < plan.duplicates) {
        keys[index] = keys[Math.floor(random() * index)] ?? 0;
        continue;
      }
      keys[index] = keyOf({ service: turn, sighting: walks.next(turn) });
      turn = (turn + 1) % plan.services;
    }
    if (plan.shuffle) shuffle(keys, random);
    for (const key of keys) yield eventOf(key);
  }
}

/** The events of each body, in order. */
export function* plannedBatches(plan: LoadPlan): Generator<readonly PlannedEvent[], void> {
  let batch: PlannedEvent[] = [];
  for (const event of plannedEvents(plan)) {
    batch.push(event);
    if (batch.length < plan.batch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const HOUR_SECONDS = 3600;

/**
 * What is reported of each service, in order of time: stretches of a state with gaps of one to three seconds, changes
 * of state, both states in one second, the same again, silences, and leaps to just before the next full hour, which
 * is where every service begins. Intervals of all these kinds are what a timeline can get wrong.
 */
class ServiceWalks {
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

// As much is held at once.
const BLOCK_ITEMS = 2 ** 14;

/**
 * Items in the order in which a plan sends them: some again, if it has duplicates, and mixed, if it shuffles; both
 * within blocks, so that an endless run needs no more memory than one block.
 */
export function* mixed<T>(items: Iterable<T>, plan: LoadPlan): Generator<T, void> {
  const random = randomOf(~plan.seed);
  let block: T[] = [];
  for (const item of items) {
    block.push(item);
    // Of 1 + duplicates items, `duplicates` are repetitions.
    while (random() * (1 + plan.duplicates) < plan.duplicates) {
      const earlier = block[Math.floor(random() * block.length)];
      if (earlier !== undefined) block.push(earlier);
    }
    if (block.length < BLOCK_ITEMS) continue;
    if (plan.shuffle) shuffle(block, random);
    yield* block;
    block = [];
  }
  if (plan.shuffle) shuffle(block, random);
  yield* block;
}

/** Fisher and Yates. */
function shuffle<T>(items: { readonly length: number; [index: number]: T }, random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [items[last], items[other]];
    if (one === undefined || two === undefined) continue;
    items[last] = two;
    items[other] = one;
  }
}
