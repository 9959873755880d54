import { PlainItems } from './plain-items.ts';

/** What a service is in. */
export type State = 'issue' | 'deploy' | 'idle';

/** A service as it is now; `since` in unix seconds. */
export interface ServiceNow {
  readonly name: string;
  readonly state: State;
  readonly since: number;
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
    this.#uncount(name);
    this.counts[state]++;
    super.set(name, { name, state, since });
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
