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
