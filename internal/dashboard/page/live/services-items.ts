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

const states: readonly State[] = ['idle', 'deploy', 'issue'];
const FIRST_ROOM = 256;
// The order of rows is held for a minute, in which fewer go: none of them becomes another service under the pointer.
const LEAST_GONE = 4000;

/**
 * All services, with how many are in each state. They are many thousands, which as objects would be much of what the page takes:
 * what is known of them stands in columns, and each is known by a number, which nobody else is given for long after it is gone.
 */
export class ServicesItems implements TopicItems {
  readonly counts = { issue: 0, deploy: 0, idle: 0 };
  /** Rises with each change. */
  version = 0;
  /** Rises when services come or go; as long as it does not, numbers stand for the same ones. */
  membersVersion = 0;
  readonly #names: string[] = [];
  #states = new Uint8Array(FIRST_ROOM);
  #since = new Uint32Array(FIRST_ROOM);
  #issues = new Uint16Array(FIRST_ROOM);
  #issueSeconds = new Uint16Array(FIRST_ROOM);
  /** Of those that are there, by name: a map of names takes five times as much. */
  #ids: number[] = [];
  /** Of those that are gone, the first that went first. */
  readonly #gone: number[] = [];

  /** The numbers of all, by name. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  nameOf(id: number): string {
    return this.#names[id] ?? '';
  }

  stateOf(id: number): State {
    return states[this.#states[id] ?? 0] ?? 'idle';
  }

  sinceOf(id: number): number {
    return this.#since[id] ?? 0;
  }

  issuesOf(id: number): number {
    return this.#issues[id] ?? 0;
  }

  issueSecondsOf(id: number): number {
    return this.#issueSeconds[id] ?? 0;
  }

  /** As it is now; what is shown of it later is asked for then. */
  at(id: number): ServiceNow {
    const recent = { issues: this.issuesOf(id), issueSeconds: this.issueSecondsOf(id) };
    return { name: this.nameOf(id), state: this.stateOf(id), since: this.sinceOf(id), ...recent };
  }

  get(name: string): ServiceNow | undefined {
    const id = this.idOf(name);
    return id === undefined ? undefined : this.at(id);
  }

  isThere(id: number): boolean {
    return this.idOf(this.nameOf(id)) === id;
  }

  /** Undefined if there is none of that name. */
  idOf(name: string): number | undefined {
    const id = this.#ids[this.#placeOf(name)];
    return id !== undefined && this.#names[id] === name ? id : undefined;
  }

  replace(items: readonly (readonly [name: string, item: unknown])[]): void {
    Object.assign(this.counts, { issue: 0, deploy: 0, idle: 0 });
    const gone = new Set(this.#ids);
    const ids = items.map(([name, item]) => {
      // What the last hour was like is not told anew.
      const id = this.idOf(name) ?? this.#add(name);
      gone.delete(id);
      this.#take(id, item);
      return id;
    });
    this.#gone.push(...gone);
    this.#ids = ids.sort((a, b) => (this.nameOf(a) < this.nameOf(b) ? -1 : 1));
    this.membersVersion++;
  }

  set(name: string, item: unknown): void {
    let id = this.idOf(name);
    if (id === undefined) {
      id = this.#add(name);
      this.#ids.splice(this.#placeOf(name), 0, id);
      this.membersVersion++;
    } else {
      this.counts[this.stateOf(id)]--;
    }
    this.#take(id, item);
  }

  delete(name: string): void {
    const id = this.idOf(name);
    if (id === undefined) return;
    this.counts[this.stateOf(id)]--;
    this.#ids.splice(this.#placeOf(name), 1);
    this.#gone.push(id);
    this.membersVersion++;
    this.version++;
  }

  /** Takes over what the last hour was like: as told for some, and without an issue for all others. */
  takeRecent(told: Answer<'/issues'>['services']): void {
    this.#issues.fill(0);
    this.#issueSeconds.fill(0);
    told.forEach(({ service_name, issues, issue_seconds }) => {
      const id = this.idOf(service_name);
      if (id === undefined) return;
      this.#issues[id] = issues;
      this.#issueSeconds[id] = issue_seconds;
    });
    this.version++;
  }

  #take(id: number, item: unknown): void {
    // The service's own description of the topic says of what shape it is: docs/live.md.
    const { state, since } = item as Pick<ServiceNow, 'state' | 'since'>;
    this.#states[id] = states.indexOf(state);
    this.#since[id] = since;
    this.counts[state]++;
    this.version++;
  }

  /** Gives a service that is new a number, with nothing known of it. */
  #add(name: string): number {
    const before = this.#gone.length > LEAST_GONE ? this.#gone.shift() : undefined;
    const id = before ?? this.#names.length;
    this.#names[id] = name;
    if (id === this.#states.length) this.#makeRoom();
    this.#issues[id] = 0;
    this.#issueSeconds[id] = 0;
    return id;
  }

  #makeRoom(): void {
    const room = this.#states.length * 2;
    this.#states = moved(this.#states, new Uint8Array(room));
    this.#since = moved(this.#since, new Uint32Array(room));
    this.#issues = moved(this.#issues, new Uint16Array(room));
    this.#issueSeconds = moved(this.#issueSeconds, new Uint16Array(room));
  }

  /** Where the service of that name is, or would be. */
  #placeOf(name: string): number {
    let from = 0;
    let to = this.#ids.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.nameOf(this.#ids[middle] ?? 0) < name) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function moved<Column extends Uint8Array | Uint16Array | Uint32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
