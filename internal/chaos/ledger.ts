import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { Load, type Items, type LoadSource } from './load.ts';

const AT_ONCE = 100;

/** Everything that was acknowledged, to be looked for afterwards. */
export class Ledger {
  /** By service, sightings since the load's start. */
  readonly reports = new Map<string, Set<number>>();
  /** Ids. */
  readonly payloads = new Set<string>();
  /** By component. */
  readonly records = new Map<string, Set<string>>();
  /** By job and run. */
  readonly sparkEvents = new Map<string, Map<string, Set<string>>>();
  #items = 0;

  /** How many items were acknowledged. */
  get items(): number {
    return this.#items;
  }

  /**
   * Adds the items of the requests with these numbers. They are found by making the load once more: who sends it remembers
   * a number each, as millions of items take so much memory and time that it would hold up itself what it measures.
   */
  async addRequests(source: LoadSource, numbers: readonly number[]): Promise<void> {
    const sorted = Uint32Array.from(numbers).sort();
    const load = new Load(source);
    for (const [index, number] of sorted.entries()) {
      // The same thread carries what the service says to PostgreSQL.
      if (index % AT_ONCE === 0) await turnOfTheLoop();
      let request = load.next();
      while (request.number < number) request = load.next();
      this.add(request.items());
    }
  }

  add({ reports, payloads, records, sparkEvents }: Items): void {
    this.#items += reports.length + payloads.length + records.length + sparkEvents.length;
    for (const { service, sighting } of reports) into(this.reports, service, newSet).add(sighting);
    for (const id of payloads) this.payloads.add(id);
    for (const { component, text } of records) into(this.records, component, newSet).add(text);
    for (const { job, run, text } of sparkEvents) {
      into(into(this.sparkEvents, job, newMap), run, newSet).add(text);
    }
  }
}

const newSet = () => new Set<never>();
const newMap = () => new Map<never, never>();

/** What the map has for the key, made if there is nothing yet. */
function into<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
