import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { createContext, Script } from 'node:vm';

import { busyShareOfThread } from './busy-share.ts';

/** What is looked at of a thread, and done to it. */
export interface WatchedThread {
  /** The share of the time since this was last asked in which its loop had work. */
  busyShare(): number;
  /** What V8 holds for it: its heap, and the buffers that belong to what is in there. */
  heldBytes(): number;
  /** Collects all garbage, which stops the thread meanwhile. */
  collect(): void;
}

const LOOK_EACH_MS = 10_000;
const QUIET_SHARE = 0.05;
// An idle front door holds 30 MiB, and a collection of 50 takes some 25 ms.
const WORTH_BYTES = 16 * 2 ** 20;
const MOST_WAIT_LOOKS = 16;

/**
 * Has this thread's garbage collected now and then while it is quiet, never under load. V8 collects because something is
 * allocated: a heap that grew under load stays for as long as nothing more comes. For threads that live as long as the
 * process; it keeps none alive. Quiet is whose loop had work for no more than that share of the time between two looks.
 */
export function collectWhenQuiet(lookEachMs = LOOK_EACH_MS, quietShare = QUIET_SHARE): NodeJS.Timeout {
  return setInterval(quietLook(thisThread(), quietShare), lookEachMs).unref();
}

/**
 * Returns what is to be called each time that it is looked. What could not be collected, since somebody held it just then,
 * is tried again after one look, two, four and so on: it may be let go of without anything being added.
 */
export function quietLook(thread: WatchedThread, quietShare = QUIET_SHARE): () => void {
  let leastBytes = thread.heldBytes();
  let lastBytes = leastBytes;
  let waitLooks = 0;
  let lastWait = 0;
  return () => {
    const heldBytes = thread.heldBytes();
    leastBytes = Math.min(leastBytes, heldBytes);
    lastBytes = Math.min(lastBytes, heldBytes);
    if (thread.busyShare() > quietShare || heldBytes - leastBytes < WORTH_BYTES) return;
    if (heldBytes - lastBytes < WORTH_BYTES && waitLooks-- > 0) return;
    thread.collect();
    lastBytes = thread.heldBytes();
    lastWait = heldBytes - lastBytes < WORTH_BYTES ? Math.min(2 * lastWait || 1, MOST_WAIT_LOOKS) : 0;
    waitLooks = lastWait;
  };
}

function thisThread(): WatchedThread {
  // V8 shows its collector only to contexts that are made while the flag is set.
  setFlagsFromString('--expose-gc');
  const context = createContext();
  setFlagsFromString('--no-expose-gc');
  const collect = new Script('gc()');
  return {
    busyShare: busyShareOfThread(),
    heldBytes() {
      const { total_heap_size: heapBytes, external_memory: bufferBytes } = getHeapStatistics();
      return heapBytes + bufferBytes;
    },
    collect: () => void collect.runInContext(context),
  };
}
