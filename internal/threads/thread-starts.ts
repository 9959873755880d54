// A thread that has not started by then may never do so, and is no reason for others not to.
const LONGEST_TURN_MS = 1000;

/**
 * Has the threads of several pools start one after the other. To start one takes a tenth of a second of a processor, for
 * what it loads; started all at once on a few processors, none serves before all do.
 */
export class ThreadStarts {
  readonly #waiting = new Set<() => void>();
  readonly #longestTurnMs: number;
  #turn: NodeJS.Timeout | undefined;

  constructor(longestTurnMs = LONGEST_TURN_MS) {
    this.#longestTurnMs = longestTurnMs;
  }

  /**
   * Whether a thread may start now: then returns what is to be called once it has, or is lost, however often. If not,
   * `again` is called when it is worth to ask once more: in the order in which was asked first.
   */
  begin(again: () => void): (() => void) | undefined {
    if (this.#turn !== undefined) {
      this.#waiting.add(again);
      return undefined;
    }
    this.#waiting.delete(again);
    const turn = setTimeout(() => this.#end(turn), this.#longestTurnMs);
    this.#turn = turn;
    return () => this.#end(turn);
  }

  /** Asks no more for whom `again` is. */
  forget(again: () => void): void {
    this.#waiting.delete(again);
  }

  #end(turn: NodeJS.Timeout): void {
    if (this.#turn !== turn) return;
    clearTimeout(turn);
    this.#turn = undefined;
    this.#tellNext();
  }

  /** Tells one after the other until one has begun. */
  #tellNext(): void {
    for (const again of [...this.#waiting]) {
      if (this.#turn !== undefined) return;
      this.#waiting.delete(again);
      again();
    }
  }
}
