const codes = { acknowledged: 1, uncertain: 2, 'not stored': 3 } as const;

/** What became of a request in the end; `uncertain`: it was given up and may be stored nevertheless. */
export type Outcome = keyof typeof codes;

/**
 * What became of each request, a byte each: with the plan that is all it takes to know what must be stored. A request
 * of which nothing is noted was never sent.
 */
export class Outcomes {
  #codes = new Uint8Array(4096);
  /** Of no request with this number or a higher one anything is noted. */
  end = 0;
  acknowledged = 0;

  note(request: number, outcome: Outcome): void {
    if (request >= this.#codes.length) {
      const grown = new Uint8Array(Math.max(request + 1, this.#codes.length * 2));
      grown.set(this.#codes);
      this.#codes = grown;
    }
    this.end = Math.max(this.end, request + 1);
    if (outcome === 'acknowledged') this.acknowledged++;
    this.#codes[request] = codes[outcome];
  }

  is(request: number, outcome: Outcome): boolean {
    return this.#codes[request] === codes[outcome];
  }
}
