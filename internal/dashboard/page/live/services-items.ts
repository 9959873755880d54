import type { Answer } from '../data/answer.ts';
import { PlainItems } from './plain-items.ts';

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

/** A service as it is kept: there are many thousands. */
class ListedService implements ServiceNow {
  readonly name: string;
  readonly #since: number;
  #stateAndRecent: number;

  constructor(name: string, state: State, since: number, before: ListedService | undefined) {
    this.name = name;
    this.#since = since - IN_PLACE;
    const recent = before === undefined ? 0 : before.#stateAndRecent & ~MAX_STATE;
    this.#stateAndRecent = recent | states.indexOf(state);
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

  takeRecent(issues: number, issueSeconds: number): void {
    const recent = (issues << SECONDS_BITS) | Math.min(MAX_SECONDS, issueSeconds);
    this.#stateAndRecent = (recent << STATE_BITS) | (this.#stateAndRecent & MAX_STATE);
  }
}

/** All services, with how many are in each state. */
export class ServicesItems extends PlainItems<ListedService> {
  readonly counts = { issue: 0, deploy: 0, idle: 0 };
  #before = new Map<string, ListedService>();

  override clear(): void {
    this.#before = new Map(this.items);
    // What follows is told at once; it says nothing of the last hour.
    queueMicrotask(() => (this.#before = new Map()));
    super.clear();
    Object.assign(this.counts, { issue: 0, deploy: 0, idle: 0 });
  }

  override set(name: string, item: unknown): void {
    const { state, since } = item as Pick<ServiceNow, 'state' | 'since'>;
    const before = this.items.get(name) ?? this.#before.get(name);
    // Each message brings texts of its own: of ten thousand names one is enough.
    const known = before?.name ?? name;
    this.#uncount(name);
    this.counts[state]++;
    super.set(known, new ListedService(known, state, since, before));
  }

  override delete(name: string): void {
    this.#uncount(name);
    super.delete(name);
  }

  /** Takes over what the last hour was like: as told for some, and without an issue for all others. */
  takeRecent(told: Answer<'/issues'>['services']): void {
    for (const service of this.items.values()) service.takeRecent(0, 0);
    for (const { service_name, issues, issue_seconds } of told)
      this.items.get(service_name)?.takeRecent(issues, issue_seconds);
    this.version++;
  }

  #uncount(name: string): void {
    const before = this.items.get(name);
    if (before !== undefined) this.counts[before.state]--;
  }
}
