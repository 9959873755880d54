import { PlainItems } from './plain-items.ts';

/** What a service is in. */
export type State = 'issue' | 'deploy' | 'idle';

/** A service as it is now; `since` in unix seconds. */
export interface ServiceNow {
  readonly name: string;
  readonly state: State;
  readonly since: number;
}

// V8 keeps whole numbers below 2 ** 30 in place, and makes an object of each larger one, as unix seconds are.
const IN_PLACE = 2 ** 30;

/** A service as it is kept: there are many thousands. */
class ListedService implements ServiceNow {
  readonly name: string;
  readonly state: State;
  readonly #since: number;

  constructor(name: string, state: State, since: number) {
    this.name = name;
    this.state = state;
    this.#since = since - IN_PLACE;
  }

  get since(): number {
    return this.#since + IN_PLACE;
  }
}

/** All services, with how many are in each state. */
export class ServicesItems extends PlainItems<ServiceNow> {
  readonly counts = { issue: 0, deploy: 0, idle: 0 };

  override clear(): void {
    super.clear();
    Object.assign(this.counts, { issue: 0, deploy: 0, idle: 0 });
  }

  override set(name: string, item: unknown): void {
    const { state, since } = item as Omit<ServiceNow, 'name'>;
    const known = this.items.get(name)?.name ?? name;
    this.#uncount(name);
    this.counts[state]++;
    // Each message brings texts of its own: of ten thousand names one is enough.
    super.set(known, new ListedService(known, state, since));
  }

  override delete(name: string): void {
    this.#uncount(name);
    super.delete(name);
  }

  #uncount(name: string): void {
    const before = this.items.get(name);
    if (before !== undefined) this.counts[before.state]--;
  }
}
