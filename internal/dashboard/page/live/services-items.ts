import type { TopicItems } from './follower.ts';

/** What a service is in. */
export type State = 'issue' | 'deploy' | 'idle';

/** A service as it is now; `since` in unix seconds. */
export interface ServiceNow {
  readonly name: string;
  readonly state: State;
  readonly since: number;
}

/** All services, with how many are in each state. */
export class ServicesItems implements TopicItems {
  readonly #services = new Map<string, ServiceNow>();
  readonly counts = { issue: 0, deploy: 0, idle: 0 };
  /** Rises with each change. */
  version = 0;

  clear(): void {
    this.#services.clear();
    Object.assign(this.counts, { issue: 0, deploy: 0, idle: 0 });
    this.version++;
  }

  set(name: string, item: unknown): void {
    const { state, since } = item as Omit<ServiceNow, 'name'>;
    const before = this.#services.get(name);
    if (before !== undefined) this.counts[before.state]--;
    this.counts[state]++;
    this.#services.set(name, { name, state, since });
    this.version++;
  }

  delete(name: string): void {
    const before = this.#services.get(name);
    if (before === undefined) return;
    this.counts[before.state]--;
    this.#services.delete(name);
    this.version++;
  }

  get size(): number {
    return this.#services.size;
  }

  get(name: string): ServiceNow | undefined {
    return this.#services.get(name);
  }

  all(): IterableIterator<ServiceNow> {
    return this.#services.values();
  }
}
