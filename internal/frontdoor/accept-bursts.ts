/** What is asked to wait while others are accepted. */
export interface Held {
  /** Its client is not heard from now on, if this returns true. */
  hold(): boolean;
  /** Its client is heard again. */
  resume(): void;
}

// So long may those who have connected wait for their turn to be accepted, before others wait for them, and so long at most
// others do, from when what these have set off before is done. One that is accepted takes about 50 µs.
const PATIENCE_MS = 20;
const BURST_MS = 100;

/** Where the time and the turns come from; a test brings its own. */
export interface Loop {
  now(): number;
  /** Calls back after this turn of the event loop. */
  afterTurn(then: () => void): void;
}

const ownLoop: Loop = { now: () => performance.now(), afterTurn: (then) => void setImmediate(then) };

/**
 * Sees to it that who connects is accepted soon, however busy the others are. A turn of the event loop accepts one connection
 * and no more (libuv since 1.45), and reads all others that have something to say: beside 2,000 busy ones that takes
 * 12 ms, and a thousand that came together waited for nine seconds. So where one was accepted in each turn for a while,
 * the others are not read for the next few, which then take no time.
 *
 * At rest nobody waits, as far as is known. Waiting (`#sinceMs`): each turn so far accepted one. In a burst (`#held`): all
 * others are held as well. A burst ends with a turn that accepts none, or after its time; then the others have as long as it
 * took before the next.
 */
export class AcceptBursts {
  readonly #others: () => Iterable<Held>;
  readonly #loop: Loop;
  #accepted = 0;
  /** How many were accepted by the end of the last turn; undefined at rest. */
  #seen: number | undefined;
  #sinceMs = 0;
  /** How long it stays as it is; undefined in the first turn of a burst, whose time is not counted. */
  #mostMs: number | undefined;
  #held: Held[] | undefined;

  /** `others` are all who might be busy now. */
  constructor(others: () => Iterable<Held>, loop = ownLoop) {
    this.#others = others;
    this.#loop = loop;
  }

  /** How many were accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** To be called for each connection when it is accepted. */
  onAccepted(): void {
    this.#accepted++;
    if (this.#seen !== undefined) return;
    this.#seen = this.#accepted - 1;
    this.#sinceMs = this.#loop.now();
    this.#mostMs = PATIENCE_MS;
    this.#loop.afterTurn(this.#look);
  }

  /** To be called with each connection that can be held, once it is: it waits for the end of a burst, if there is one. */
  join(connection: Held): void {
    if (this.#held !== undefined && connection.hold()) this.#held.push(connection);
  }

  readonly #look = (): void => {
    if (this.#seen === this.#accepted) {
      this.#seen = undefined;
      this.#end();
      return;
    }
    this.#seen = this.#accepted;
    const nowMs = this.#loop.now();
    if (this.#mostMs === undefined) {
      this.#sinceMs = nowMs;
      this.#mostMs = BURST_MS;
    } else if (nowMs - this.#sinceMs >= this.#mostMs) {
      const isBurst = this.#held !== undefined;
      this.#mostMs = isBurst ? nowMs - this.#sinceMs : undefined;
      this.#sinceMs = nowMs;
      if (isBurst) this.#end();
      else this.#begin();
    }
    this.#loop.afterTurn(this.#look);
  };

  #begin(): void {
    this.#held = [...this.#others()].filter((connection) => connection.hold());
  }

  #end(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const connection of held) connection.resume();
  }
}
