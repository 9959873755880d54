const SECOND_MS = 1000;
// So many come again in a second at little cost: some 0.4 ms each.
const EASY_PER_SECOND = 400;
const MOST_SECONDS = 5;

/**
 * How long those are asked to wait who are refused because there are too many: a second, and longer the more of them come, each
 * for another time, so that they neither take the time of those that are served nor come back all at once.
 */
export class RetryAfter {
  readonly #random: () => number;
  #secondFromMs = -Infinity;
  #inSecond = 0;
  #inSecondBefore = 0;

  /** Numbers in [0, 1). */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** For one that is refused at `nowMs`, by a clock that never jumps: whole seconds, 1 to 5. */
  secondsAt(nowMs: number): number {
    this.#count(nowMs);
    const meanSeconds = Math.max(this.#inSecond, this.#inSecondBefore) / EASY_PER_SECOND;
    // As far above the mean as below it.
    const spread = Math.min(MOST_SECONDS - 1, Math.max(0, 2 * (meanSeconds - 1)));
    return 1 + Math.round(this.#random() * spread);
  }

  #count(nowMs: number): void {
    const ageMs = nowMs - this.#secondFromMs;
    if (ageMs >= SECOND_MS) {
      this.#inSecondBefore = ageMs < 2 * SECOND_MS ? this.#inSecond : 0;
      this.#inSecond = 0;
      this.#secondFromMs = nowMs;
    }
    this.#inSecond++;
  }
}
