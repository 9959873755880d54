import { bucketOf, BUCKETS } from '../bucket.ts';
import { HourSeconds } from '../history/seconds.ts';
import { readRows, readSeconds, type StoredRows } from '../reports/report-rows.ts';

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

/** Pending reports, folded: for each service the hours in which it was seen, and the seconds of those. */
export class PendingTable {
  /** By hour, as most batches hold one or two, and by the key that rows of the same service have. */
  readonly #byHour = new Map<number, Map<string, PendingHour>>();
  #size = 0;
  readonly #byService = new Map<string, PendingHour[]>();

  /** How many hours of services it holds. */
  get size(): number {
    return this.#size;
  }

  get services(): number {
    return this.#byService.size;
  }

  /**
   * Adds the rows of a batch, and their services' names to `touched`. Throws a MalformedRows if they are none; some of
   * them may have been added then.
   */
  add({ bytes, layout }: StoredRows, touched?: Set<string>): void {
    readRows(bytes, layout, (key, hour, nameOf, { deployAt, issueAt, end }) => {
      let byKey = this.#byHour.get(hour);
      if (byKey === undefined) this.#byHour.set(hour, (byKey = new Map<string, PendingHour>()));
      let known = byKey.get(key);
      if (known === undefined) byKey.set(key, (known = this.#open(nameOf(), hour)));
      touched?.add(known.serviceName);
      readSeconds(bytes, deployAt, issueAt, known.deploy);
      readSeconds(bytes, issueAt, end, known.issue);
    });
  }

  /** The hours of these services, or of all, in any order. */
  hoursOf(serviceNames: readonly string[] | 'all'): FoldedHours {
    if (serviceNames === 'all') return toColumns([...this.#byService.values()].flat());
    return toColumns(serviceNames.flatMap((name) => this.#byService.get(name) ?? []));
  }

  /** The hours of each bucket that has any, to be turned into columns one bucket after the other, in the order of the key. */
  buckets(): { readonly bucket: number; readonly columns: () => FoldedHours }[] {
    const buckets = Array.from({ length: BUCKETS }, (): PendingHour[] => []);
    for (const [serviceName, hours] of this.#byService) buckets[bucketOf(serviceName)]?.push(...hours);
    return buckets.flatMap((hours, bucket) =>
      hours.length === 0 ? [] : [{ bucket, columns: () => toColumns(hours.sort(inOrder)) }],
    );
  }

  serviceNames(): Iterable<string> {
    return this.#byService.keys();
  }

  #open(serviceName: string, hour: number): PendingHour {
    const opened = { serviceName, hour, deploy: new HourSeconds(), issue: new HourSeconds() };
    this.#size++;
    const others = this.#byService.get(serviceName);
    if (others === undefined) this.#byService.set(serviceName, [opened]);
    else others.push(opened);
    return opened;
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
