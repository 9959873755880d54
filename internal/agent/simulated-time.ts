/** How simulated time relates to real time. */
export interface Pace {
  /** Simulated seconds in a real second, at least 1. */
  speedUp: number;
  /** Simulated seconds that the run lasts; may be Infinity if `speedUp` is 1. */
  durationSeconds: number;
  /** Where simulated time begins, unix seconds; undefined: so that it ends at the present. */
  startSecond: number | undefined;
}

/**
 * The simulated unix second (with its fraction) at which a run that begins at the real second `nowSecond`
 * begins. A sped-up run begins in the past and catches up with the present when it ends, because a server
 * refuses timestamps of the future; at speed 1 simulated time is real time.
 */
export function simulationStart(pace: Pace, nowSecond: number): number {
  if (pace.startSecond !== undefined) return pace.startSecond;
  if (pace.speedUp === 1) return nowSecond;
  return Math.max(0, nowSecond + pace.durationSeconds / pace.speedUp - pace.durationSeconds);
}

/** A clock in simulated unix seconds that is at `startSecond` now; `clock` is in real milliseconds. */
export function simulatedClock(clock: () => number, startSecond: number, speedUp: number): () => number {
  const beganMs = clock();
  return () => startSecond + ((clock() - beganMs) / 1000) * speedUp;
}
