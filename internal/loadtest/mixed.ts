import type { LoadPlan } from './load-plan.ts';
import { randomOf } from '../program/random.ts';

// As much is held at once.
const BLOCK_ITEMS = 2 ** 14;

/**
 * Items in the order in which a plan sends them: some again, if it has duplicates, and mixed, if it shuffles; both
 * within blocks, so that an endless run needs no more memory than one block.
 */
export function* mixed<T>(items: Iterable<T>, { seed, duplicates, shuffle }: LoadPlan): Generator<T, void> {
  const random = randomOf(~seed);
  let block: T[] = [];
  for (const item of items) {
    block.push(item);
    // Of 1 + duplicates items, `duplicates` are repetitions.
    while (random() * (1 + duplicates) < duplicates) {
      const earlier = block[Math.floor(random() * block.length)];
      if (earlier !== undefined) block.push(earlier);
    }
    if (block.length < BLOCK_ITEMS) continue;
    yield* shuffle ? shuffled(block, random) : block;
    block = [];
  }
  yield* shuffle ? shuffled(block, random) : block;
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixture = [...items];
  for (let last = mixture.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [mixture[last], mixture[other]];
    if (one === undefined || two === undefined) continue;
    [mixture[last], mixture[other]] = [two, one];
  }
  return mixture;
}
