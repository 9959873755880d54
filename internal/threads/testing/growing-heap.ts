import { getHeapSpaceStatistics } from 'node:v8';

import { growthLook } from '../heap-growth.ts';

const ITEMS = 200_000;
const ROUNDS = 40;
const WARM_UP_ROUNDS = 5;

/**
 * Replaces what it holds again and again, and prints how many bytes its old space held at most. Its arguments are how busy it is
 * found to be, one look after the other.
 */
const shares = process.argv.slice(2).map(Number);
const look = growthLook(() => shares.shift() ?? NaN);
while (shares.length > 0) look();
const oldBytes = () =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
const held = new Map<number, { readonly round: number; readonly text: string }>();
let most = 0;
for (let round = 0; round < ROUNDS; round++) {
  for (let item = 0; item < ITEMS; item++) held.set(item, { round, text: `${round} of ${item}` });
  if (round >= WARM_UP_ROUNDS) most = Math.max(most, oldBytes());
}
process.stdout.write(String(most));
