/** Time as a run sees it: milliseconds of a stopwatch, with fractions, and a way to be woken. */
export interface Clock {
  nowMs(): number;
  /** Calls back once, some time after `ms`. Returns how to prevent that. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's. Its timers are exact to a millisecond or so. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** When requests are due, in milliseconds of the run's stopwatch. */
export interface Pace {
  /** When the request with this number, from 0, should be sent; -Infinity: whenever a connection is free. */
  dueMs(number: number): number;
  /** How many requests are due before `ms`; undefined if they have no times. */
  dueBefore(ms: number): number | undefined;
}

/** Each connection sends its next request as soon as it has the answer to the last. */
export const asFastAsAnswersCome: Pace = {
  dueMs: () => -Infinity,
  dueBefore: () => undefined,
};

/** So many requests a second over all connections, evenly, however fast the answers come. */
export function fixedRate(perSecond: number, startMs: number): Pace {
  const dueMs = (number: number) => startMs + (number * 1000) / perSecond;
  return {
    dueMs,
    dueBefore(ms) {
      let number = Math.max(0, Math.ceil(((ms - startMs) * perSecond) / 1000));
      // The division may be a rounding error off: what counts are the times that requests are given.
      while (number > 0 && dueMs(number - 1) >= ms) number--;
      while (dueMs(number) < ms) number++;
      return number;
    },
  };
}
