import { setFlagsFromString } from 'node:v8';

import { busyShareOfThread } from './busy-share.ts';

const LOOK_EACH_MS = 1000;
const BUSY_SHARE = 0.35;
// Of what was left by the last collection; none says that V8 decides.
const PERCENT = { busy: 0, otherwise: 50 };

/**
 * Has what is old in the heaps of all threads collected once it grew by half, for as long as this thread is not busy. V8 by itself
 * lets the heap of a thread that may have gigabytes, as the first one, grow up to four times as large, and all of that is
 * resident. It keeps no thread alive.
 */
export function boundHeapGrowth(): NodeJS.Timeout {
  return setInterval(growthLook(busyShareOfThread()), LOOK_EACH_MS).unref();
}

/** Returns what is to be called each time that it is looked how busy the thread was. */
export function growthLook(busyShare: () => number): () => void {
  let percent = PERCENT.busy;
  return () => {
    // Under load it is right to: to list 100,000 services took a fifth more processor time with bounds.
    const wanted = busyShare() > BUSY_SHARE ? PERCENT.busy : PERCENT.otherwise;
    if (wanted !== percent) setFlagsFromString(`--heap-growing-percent=${wanted}`);
    percent = wanted;
  };
}
