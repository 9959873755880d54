import { bucketOf, BUCKETS, type Services } from '../history/hours.ts';
import { compareNames } from '../history/names.ts';
import { SECONDS_PER_HOUR } from '../timeline.ts';
import { nameIn, readRows, readSeconds, type StoredRows } from '../reports/report-rows.ts';
import { HourSeconds } from './hour-seconds.ts';
import { NameNumbers } from './name-numbers.ts';
import type { ServiceHours } from './packed-hours.ts';

/** Seconds by service and hour, as columns ready for `unnest`. */
export interface FoldedHours {
  readonly serviceNames: string[];
  readonly hours: number[];
  /** Multirange literals of seconds of the hour. */
  readonly deploy: string[];
  readonly issue: string[];
}

interface PendingHour {
  readonly serviceName: string;
  readonly hour: number;
  deploy: HourSeconds | undefined;
  issue: HourSeconds | undefined;
}

interface PendingService {
  readonly serviceName: string;
  readonly bucket: number;
  /** Never emptied, but replaced: who settles goes on with those that it began with. */
  hours: PendingHour[];
  /** By their numbers, once they are many. */
  byHour: Map<number, PendingHour> | undefined;
  /** The one that was added to last: reports mostly come in order. */
  latest: PendingHour | undefined;
}

const MANY_HOURS = 8;
const none: never[] = [];

/**
 * Pending reports, folded: for each service the hours in which it was seen, and the seconds of those. Services outlive
 * what is known of them: mostly the same ones are reported again, and to open one costs more than all its seconds.
 */
export class PendingTable {
  readonly #names = new NameNumbers();
  readonly #services: PendingService[] = [];
  /** The same by name, up to when that was last asked for. */
  readonly #byName: PendingService[] = [];
  #size = 0;
  #reported = 0;

  /** Whether nothing was ever added. */
  get isNew(): boolean {
    return this.#services.length === 0;
  }

  /** How many hours of services it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many services it holds hours of. */
  get services(): number {
    return this.#reported;
  }

  /**
   * Adds the rows of a batch, and their services' names to `touched`. Throws a MalformedRows if they are none; some of
   * them may have been added then.
   */
  add({ bytes, layout }: StoredRows, touched?: Set<string>): void {
    readRows(bytes, layout, (hour, nameAt, nameEnd, deployAt, issueAt, end) => {
      const number = this.#names.find(bytes, nameAt, nameEnd);
      const service = this.#services[number] ?? this.#open(bytes, nameAt, nameEnd);
      const { latest } = service;
      const known = latest?.hour === hour ? latest : this.#hourOf(service, hour);
      touched?.add(service.serviceName);
      if (deployAt < issueAt) readSeconds(bytes, deployAt, issueAt, (known.deploy ??= new HourSeconds()));
      if (issueAt < end) readSeconds(bytes, issueAt, end, (known.issue ??= new HourSeconds()));
    });
  }

  /** Forgets all hours, and the services too where most were not reported lately. Returns the table to go on with. */
  cleared(): PendingTable {
    if (2 * this.#reported < this.#services.length) return new PendingTable();
    for (const service of this.#services) {
      service.hours = none;
      service.byHour = undefined;
      service.latest = undefined;
    }
    this.#size = 0;
    this.#reported = 0;
    return this;
  }

  /** The hours of these services, each's oldest first. */
  hoursOf(services: Services): ServiceHours[] {
    return this.#wanted(services).map(({ serviceName, hours }) => ({ serviceName, hours: inOrder(hours) }));
  }

  #wanted(services: Services): PendingService[] {
    if ('serviceNames' in services) return services.serviceNames.flatMap((name) => this.#find(name));
    if (this.#reported === 0) return [];
    if ('firstBucket' in services) {
      const { firstBucket, lastBucket } = services;
      return this.#services.filter(
        ({ bucket, hours }) => bucket >= firstBucket && bucket <= lastBucket && hours.length > 0,
      );
    }
    const { from, before, limit } = services;
    const sorted = this.#sorted();
    const wanted: PendingService[] = [];
    for (let at = firstFrom(sorted, from); at < sorted.length && wanted.length < limit; at++) {
      const service = sorted[at];
      if (service === undefined || compareNames(service.serviceName, before) >= 0) break;
      if (service.hours.length > 0) wanted.push(service);
    }
    return wanted;
  }

  /** In the order of the key. */
  #sorted(): readonly PendingService[] {
    const known = this.#byName;
    if (known.length === this.#services.length) return known;
    // What was in order stays so: it is gone over once, and what is new is put in between.
    for (let at = known.length; at < this.#services.length; at++) {
      const service = this.#services[at];
      if (service !== undefined) known.push(service);
    }
    return known.sort((a, b) => compareNames(a.serviceName, b.serviceName));
  }

  /** The hours of each bucket that has any, to be turned into columns one bucket after the other, in the order of the key. */
  buckets(): { readonly bucket: number; readonly columns: () => FoldedHours }[] {
    const buckets = Array.from({ length: BUCKETS }, (): PendingHour[] => []);
    for (const { bucket, hours } of this.#sorted()) {
      for (const hour of inOrder(hours)) buckets[bucket]?.push(hour);
    }
    return buckets.flatMap((hours, bucket) =>
      hours.length === 0 ? [] : [{ bucket, columns: () => toColumns(hours) }],
    );
  }

  /** How many seconds of services it holds, and how many of them are before that one, in unix seconds. */
  countSeconds(beforeSecond: number): { readonly all: number; readonly before: number } {
    let [all, before] = [0, 0];
    for (const { hours } of this.#services) {
      for (const { hour, deploy, issue } of hours) {
        const within = beforeSecond - hour * SECONDS_PER_HOUR;
        for (const bounds of [deploy?.bounds ?? none, issue?.bounds ?? none]) {
          for (let at = 0; at < bounds.length; at += 2) {
            const [start = 0, end = 0] = [bounds[at], bounds[at + 1]];
            all += end - start;
            before += Math.max(0, Math.min(end, within) - start);
          }
        }
      }
    }
    return { all, before };
  }

  serviceNames(): string[] {
    return this.#services.filter(({ hours }) => hours.length > 0).map(({ serviceName }) => serviceName);
  }

  #find(serviceName: string): PendingService[] {
    const bytes = Buffer.from(serviceName);
    const service = this.#services[this.#names.find(bytes, 0, bytes.length)];
    return service === undefined || service.hours.length === 0 ? [] : [service];
  }

  #open(bytes: Buffer, nameAt: number, nameEnd: number): PendingService {
    const serviceName = nameIn(bytes, nameAt, nameEnd);
    const bucket = bucketOf(serviceName);
    const opened: PendingService = { serviceName, bucket, hours: none, byHour: undefined, latest: undefined };
    this.#names.add(bytes, nameAt, nameEnd);
    this.#services.push(opened);
    return opened;
  }

  #hourOf(service: PendingService, hour: number): PendingHour {
    const { hours, byHour, serviceName } = service;
    let known = byHour === undefined ? hours.find((other) => other.hour === hour) : byHour.get(hour);
    if (known === undefined) {
      known = { serviceName, hour, deploy: undefined, issue: undefined };
      this.#size++;
      if (hours.length === 0) {
        this.#reported++;
        service.hours = [known];
      } else {
        hours.push(known);
      }
      if (byHour !== undefined) byHour.set(hour, known);
      else if (hours.length > MANY_HOURS) service.byHour = new Map(hours.map((other) => [other.hour, other]));
    }
    service.latest = known;
    return known;
  }
}

/** The place of the first that is not before that name. */
function firstFrom(sorted: readonly PendingService[], name: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(sorted[middle]?.serviceName ?? '', name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toColumns(hours: readonly PendingHour[]): FoldedHours {
  return {
    serviceNames: hours.map(({ serviceName }) => serviceName),
    hours: hours.map(({ hour }) => hour),
    deploy: hours.map(({ deploy }) => deploy?.toMultirange() ?? '{}'),
    issue: hours.map(({ issue }) => issue?.toMultirange() ?? '{}'),
  };
}

/** By key, as all who add to the observations must: else they deadlock. */
function inOrder(hours: PendingHour[]): PendingHour[] {
  return hours.length > 1 ? hours.sort((a, b) => a.hour - b.hour) : hours;
}
