import { randomInt } from 'node:crypto';

import { bucketOf, BUCKETS } from '../bucket.ts';
import { HourSeconds } from '../history/seconds.ts';
import { nameIn, readRows, readSeconds, type StoredRows } from '../reports/report-rows.ts';

/** Seconds by service and hour, as columns ready for `unnest`, and for another thread. */
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
  readonly deploy: HourSeconds;
  readonly issue: HourSeconds;
}

interface PendingService {
  readonly serviceName: string;
  readonly hours: PendingHour[];
  /** By their numbers, once they are many. */
  byHour: Map<number, PendingHour> | undefined;
  /** The one that was added to last: reports mostly come in order. */
  latest: PendingHour;
}

const MANY_HOURS = 8;

/** Pending reports, folded: for each service the hours in which it was seen, and the seconds of those. */
export class PendingTable {
  readonly #names = new NameNumbers();
  readonly #services: PendingService[] = [];
  #size = 0;

  /** How many hours of services it holds. */
  get size(): number {
    return this.#size;
  }

  get services(): number {
    return this.#services.length;
  }

  /**
   * Adds the rows of a batch, and their services' names to `touched`. Throws a MalformedRows if they are none; some of
   * them may have been added then.
   */
  add({ bytes, layout }: StoredRows, touched?: Set<string>): void {
    readRows(bytes, layout, (hour, nameAt, nameEnd, deployAt, issueAt, end) => {
      const number = this.#names.find(bytes, nameAt, nameEnd);
      const service = this.#services[number] ?? this.#openService(bytes, nameAt, nameEnd, hour);
      const known = service.latest.hour === hour ? service.latest : this.#hourOf(service, hour);
      touched?.add(service.serviceName);
      readSeconds(bytes, deployAt, issueAt, known.deploy);
      readSeconds(bytes, issueAt, end, known.issue);
    });
  }

  /** The hours of these services, or of all, in any order. */
  hoursOf(serviceNames: readonly string[] | 'all'): FoldedHours {
    if (serviceNames === 'all') return toColumns(this.#services.flatMap(({ hours }) => hours));
    return toColumns(
      serviceNames.flatMap((name) => {
        const bytes = Buffer.from(name);
        return this.#services[this.#names.find(bytes, 0, bytes.length)]?.hours ?? [];
      }),
    );
  }

  /** The hours of each bucket that has any, to be turned into columns one bucket after the other, in the order of the key. */
  buckets(): { readonly bucket: number; readonly columns: () => FoldedHours }[] {
    const buckets = Array.from({ length: BUCKETS }, (): PendingHour[] => []);
    for (const { serviceName, hours } of this.#services) buckets[bucketOf(serviceName)]?.push(...hours);
    return buckets.flatMap((hours, bucket) =>
      hours.length === 0 ? [] : [{ bucket, columns: () => toColumns(hours.sort(inOrder)) }],
    );
  }

  serviceNames(): string[] {
    return this.#services.map(({ serviceName }) => serviceName);
  }

  #openService(bytes: Buffer, nameAt: number, nameEnd: number, hour: number): PendingService {
    const serviceName = nameIn(bytes, nameAt, nameEnd);
    const latest = this.#openHour(serviceName, hour);
    const opened: PendingService = { serviceName, hours: [latest], byHour: undefined, latest };
    this.#names.add(bytes, nameAt, nameEnd);
    this.#services.push(opened);
    return opened;
  }

  #hourOf(service: PendingService, hour: number): PendingHour {
    const { hours, byHour } = service;
    let known = byHour === undefined ? hours.find((other) => other.hour === hour) : byHour.get(hour);
    if (known === undefined) {
      known = this.#openHour(service.serviceName, hour);
      hours.push(known);
      if (byHour !== undefined) byHour.set(hour, known);
      else if (hours.length > MANY_HOURS) service.byHour = new Map(hours.map((other) => [other.hour, other]));
    }
    service.latest = known;
    return known;
  }

  #openHour(serviceName: string, hour: number): PendingHour {
    this.#size++;
    return { serviceName, hour, deploy: new HourSeconds(), issue: new HourSeconds() };
  }
}

const FNV_PRIME = 0x01000193;
const FIRST_SLOTS = 1024;
const NONE = -1;

/**
 * Numbers names from 0 on, by their bytes: to make a string of each row's name and look that up would cost more than all
 * else. An open hash table with a seed of its own, so that nobody can make names that meet in it.
 */
class NameNumbers {
  readonly #seed = randomInt(2 ** 32 - 1);
  /** Numbers of names, or NONE; at most half are taken. */
  #slots = new Int32Array(FIRST_SLOTS).fill(NONE);
  readonly #hashes: number[] = [];
  /** All names, and where each ends. */
  #bytes = Buffer.allocUnsafeSlow(16 * FIRST_SLOTS);
  readonly #ends: number[] = [];

  /** The number of a name, or NONE, which is no index of anything. */
  find(bytes: Buffer, from: number, to: number): number {
    return this.#slots[this.#slotOf(this.#hashOf(bytes, from, to), bytes, from, to)] ?? NONE;
  }

  /** Gives a name that has none the next number. */
  add(bytes: Buffer, from: number, to: number): void {
    const hash = this.#hashOf(bytes, from, to);
    this.#slots[this.#slotOf(hash, bytes, from, to)] = this.#hashes.push(hash) - 1;
    const start = this.#ends.at(-1) ?? 0;
    const end = start + to - from;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * end);
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    bytes.copy(this.#bytes, start, from, to);
    this.#ends.push(end);
    if (2 * this.#hashes.length > this.#slots.length) this.#grow();
  }

  /** Where the name is, or the free slot where it is to be. */
  #slotOf(hash: number, bytes: Buffer, from: number, to: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] ?? NONE;
      if (number === NONE) return slot;
      if (this.#hashes[number] === hash && this.#isSame(number, bytes, from, to)) return slot;
    }
  }

  #isSame(number: number, bytes: Buffer, from: number, to: number): boolean {
    const start = number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
    if ((this.#ends[number] ?? 0) - start !== to - from) return false;
    const names = this.#bytes;
    for (let at = start; from < to; at++, from++) if (names[at] !== bytes[from]) return false;
    return true;
  }

  #grow(): void {
    const slots = new Int32Array(4 * this.#slots.length).fill(NONE);
    const mask = slots.length - 1;
    for (const [number, hash] of this.#hashes.entries()) {
      let slot = hash & mask;
      while (slots[slot] !== NONE) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }

  /** FNV-1a, from the seed on. */
  #hashOf(bytes: Buffer, from: number, to: number): number {
    let hash = this.#seed;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    return hash >>> 0;
  }
}

function toColumns(hours: readonly PendingHour[]): FoldedHours {
  return {
    serviceNames: hours.map(({ serviceName }) => serviceName),
    hours: hours.map(({ hour }) => hour),
    deploy: hours.map(({ deploy }) => deploy.toMultirange()),
    issue: hours.map(({ issue }) => issue.toMultirange()),
  };
}

/** By key, as all who add to the observations must: else they deadlock. */
function inOrder(a: PendingHour, b: PendingHour): number {
  return a.serviceName === b.serviceName ? a.hour - b.hour : compareNames(a.serviceName, b.serviceName);
}

/**
 * Orders names as `"C"` collation does: by UTF-8 bytes, that is by code points. UTF-16 units differ from it where surrogates
 * meet U+E000–U+FFFF.
 */
export function compareNames(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  return rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
}

function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1; // The end of the shorter name.
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
