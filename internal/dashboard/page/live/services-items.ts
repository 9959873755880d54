import type { Answer } from '../data/answer.ts';
import type { TopicItems } from './follower.ts';

/** What a service is in. */
export type State = 'issue' | 'deploy' | 'idle';

/** How often and for how many seconds a service was in issue in the last hour; 0 as long as that is not known. */
export interface RecentIssues {
  readonly issues: number;
  readonly issueSeconds: number;
}

/** A service as it is now; `since` in unix seconds. */
export interface ServiceNow extends RecentIssues {
  readonly name: string;
  readonly state: State;
  readonly since: number;
}

// V8 keeps whole numbers below 2 ** 30 in place, and makes an object of each larger one, as unix seconds are.
const IN_PLACE = 2 ** 30;
const states: readonly State[] = ['idle', 'deploy', 'issue'];
// Three numbers in one: which state, above it the seconds of an hour, and above them how often.
const STATE_BITS = 2;
const SECONDS_BITS = 12;
const MAX_STATE = 2 ** STATE_BITS - 1;
const MAX_SECONDS = 2 ** SECONDS_BITS - 1;

/** A service as it is kept, the same object for as long as there is one of its name: there are many thousands. */
class ListedService implements ServiceNow {
  readonly name: string;
  #since = 0;
  #stateAndRecent = 0;

  constructor(name: string) {
    this.name = name;
  }

  get state(): State {
    return states[this.#stateAndRecent & MAX_STATE] ?? 'idle';
  }

  get since(): number {
    return this.#since + IN_PLACE;
  }

  get issues(): number {
    return this.#stateAndRecent >> (STATE_BITS + SECONDS_BITS);
  }

  get issueSeconds(): number {
    return (this.#stateAndRecent >> STATE_BITS) & MAX_SECONDS;
  }

  take({ state, since }: Pick<ServiceNow, 'state' | 'since'>): void {
    // Cut to 32 bits it stays one of them also where V8 has compiled this; seconds are whole.
    this.#since = (since - IN_PLACE) | 0;
    this.#stateAndRecent = (this.#stateAndRecent & ~MAX_STATE) | states.indexOf(state);
  }

  takeRecent(issues: number, issueSeconds: number): void {
    const recent = (issues << SECONDS_BITS) | Math.min(MAX_SECONDS, issueSeconds);
    this.#stateAndRecent = (recent << STATE_BITS) | (this.#stateAndRecent & MAX_STATE);
  }
}

/** All services, with how many are in each state. */
export class ServicesItems implements TopicItems {
  readonly counts = { issue: 0, deploy: 0, idle: 0 };
  /** Rises with each change. */
  version = 0;
  /** Rises when services come or go; as long as it does not, they are the same objects. */
  membersVersion = 0;
  /** By name: a map of them takes five times as much. */
  #services: ListedService[] = [];

  get all(): readonly ServiceNow[] {
    return this.#services;
  }

  get(name: string): ServiceNow | undefined {
    return this.#find(name);
  }

  replace(items: readonly (readonly [name: string, item: unknown])[]): void {
    Object.assign(this.counts, { issue: 0, deploy: 0, idle: 0 });
    const services = items.map(([name, item]) => {
      // What the last hour was like is not told anew.
      const service = this.#find(name) ?? new ListedService(name);
      this.#take(service, item);
      return service;
    });
    this.#services = services.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.membersVersion++;
  }

  set(name: string, item: unknown): void {
    let service = this.#find(name);
    if (service === undefined) {
      service = new ListedService(name);
      this.#services.splice(this.#placeOf(name), 0, service);
      this.membersVersion++;
    } else {
      this.counts[service.state]--;
    }
    this.#take(service, item);
  }

  delete(name: string): void {
    const service = this.#find(name);
    if (service === undefined) return;
    this.counts[service.state]--;
    this.#services.splice(this.#placeOf(name), 1);
    this.membersVersion++;
    this.version++;
  }

  /** Takes over what the last hour was like: as told for some, and without an issue for all others. */
  takeRecent(told: Answer<'/issues'>['services']): void {
    for (const service of this.#services) service.takeRecent(0, 0);
    for (const { service_name, issues, issue_seconds } of told)
      this.#find(service_name)?.takeRecent(issues, issue_seconds);
    this.version++;
  }

  #take(service: ListedService, item: unknown): void {
    // The service's own description of the topic says of what shape it is: docs/live.md.
    service.take(item as Pick<ServiceNow, 'state' | 'since'>);
    this.counts[service.state]++;
    this.version++;
  }

  #find(name: string): ListedService | undefined {
    const service = this.#services[this.#placeOf(name)];
    return service?.name === name ? service : undefined;
  }

  /** Where the service of that name is, or would be. */
  #placeOf(name: string): number {
    let from = 0;
    let to = this.#services.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#services[middle]?.name ?? '') < name) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
