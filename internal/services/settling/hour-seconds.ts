const none: number[] = [];

/** A set of seconds of an hour, as few numbers as it has ranges: agents report one second after the other. */
export class HourSeconds {
  #bounds = none;

  /** Start, end, start, end, …: sorted, disjoint, not touching; ends are exclusive. */
  get bounds(): readonly number[] {
    return this.#bounds;
  }

  add(second: number): void {
    const bounds = this.#bounds;
    const last = bounds.length - 1;
    const end = bounds[last] ?? -1;
    if (second === end) bounds[last] = second + 1;
    // Just as long as it must be: an array that grows from nothing has room for sixteen numbers.
    else if (last < 0) this.#bounds = [second, second + 1];
    else if (second > end) bounds.push(second, second + 1);
    else this.#insert(second);
  }

  /** The set as a literal of PostgreSQL's multirange types: `{[3,5),[9,10)}`. */
  toMultirange(): string {
    const bounds = this.#bounds;
    let text = '';
    for (let at = 0; at < bounds.length; at += 2) {
      text += `${at === 0 ? '' : ','}[${bounds[at] ?? 0},${bounds[at + 1] ?? 0})`;
    }
    return `{${text}}`;
  }

  /** Adds a second that is not after the last one. */
  #insert(second: number): void {
    const bounds = this.#bounds;
    // The number of ranges that begin at that second or before it.
    let begun = 0;
    for (let above = bounds.length / 2; begun < above;) {
      const middle = (begun + above) >>> 1;
      if ((bounds[2 * middle] ?? 0) <= second) begun = middle + 1;
      else above = middle;
    }
    const nextStart = 2 * begun;
    const previousEnd = bounds[nextStart - 1] ?? -1;
    if (second < previousEnd) return;
    const goesOn = second === previousEnd;
    const meetsNext = bounds[nextStart] === second + 1;
    if (goesOn && meetsNext) bounds.splice(nextStart - 1, 2);
    else if (goesOn) bounds[nextStart - 1] = second + 1;
    else if (meetsNext) bounds[nextStart] = second;
    else bounds.splice(nextStart, 0, second, second + 1);
  }
}
