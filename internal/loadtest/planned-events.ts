import type { LoadPlan } from './load-plan.ts';
import { randomOf } from '../program/random.ts';
import { ServiceWalks } from './service-walks.ts';

/** One event: something was seen of a service. */
export interface PlannedEvent {
  /** Its number, from 0. */
  readonly service: number;
  /** When and in which state, see service-walks.ts. */
  readonly sighting: number;
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
    const services = new Uint32Array(length);
    const sightings = new Uint32Array(length);
    for (let index = 0; index < length; index++) {
      // Of 1 + duplicates events, `duplicates` are repetitions.
      if (index > 0 && random() * (1 + plan.duplicates) < plan.duplicates) {
        const earlier = Math.floor(random() * index);
        services[index] = services[earlier] ?? 0;
        sightings[index] = sightings[earlier] ?? 0;
        continue;
      }
      services[index] = turn;
      sightings[index] = walks.next(turn);
      turn = (turn + 1) % plan.services;
    }
    if (plan.shuffle) shuffle(services, sightings, random);
    for (let index = 0; index < length; index++) {
      yield { service: services[index] ?? 0, sighting: sightings[index] ?? 0 };
    }
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

/** Fisher and Yates, the same swaps in both. */
function shuffle(services: Uint32Array, sightings: Uint32Array, random: () => number): void {
  for (let last = services.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    swap(services, last, other);
    swap(sightings, last, other);
  }
}

function swap(numbers: Uint32Array, one: number, other: number): void {
  const kept = numbers[one] ?? 0;
  numbers[one] = numbers[other] ?? 0;
  numbers[other] = kept;
}
