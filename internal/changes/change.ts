import { cursorCodec } from '../frontdoor/pages.ts';

/** What can change, in the order of the answers' documentation. */
export const changeKinds = ['issue', 'check', 'deployment', 'job', 'mute'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** Something that began or ended, or was deployed. */
export interface Change {
  /** In unix seconds. */
  readonly at: number;
  /** Of its second, where that is known more exactly than `at` tells. */
  readonly nanosecond?: number;
  readonly kind: ChangeKind;
  readonly change: 'began' | 'ended' | 'recorded';
  /** The service, component or job; of a mute the pattern of the services that fit. */
  readonly service: string;
  /** More of it, by name; texts, such as the id of a run, tell it from another one of the same service and time. */
  readonly details: ChangeDetails;
  /** Which detail does so alone, where another is long. */
  readonly identity?: string;
  /** Reads the details, where that is left until it is known that they are wanted. */
  readonly complete?: () => Promise<ChangeDetails>;
}

export type ChangeDetails = Readonly<Record<string, string | number>>;

/** A span of whole unix seconds; `to` is not in it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where changes come from: those of a span, in any order; of this service only, if given. */
export interface ChangeSource {
  readonly kinds: readonly ChangeKind[];
  read(span: Span, service: string | undefined): Promise<readonly Change[]>;
}

/** The place of a change among all. */
export interface Place {
  /** In unix seconds, whole ones. */
  readonly second: number;
  readonly nanosecond: number;
  /** Of equal times the greater one is newer. */
  readonly key: string;
}

/** The places of changes as cursors. */
export const changeCursor = cursorCodec<Place>(
  'change 2',
  ({ second, nanosecond, key }) => [second, nanosecond, key],
  ([second, nanosecond, key]) =>
    typeof second === 'number' && typeof nanosecond === 'number' && typeof key === 'string'
      ? { second, nanosecond, key }
      : undefined,
);

const NANOSECONDS = 1e9;

export function placeOf(change: Change): Place {
  const { at, kind, service, details, identity } = change;
  const nanosecond = change.nanosecond ?? Math.round((at - Math.floor(at)) * NANOSECONDS);
  const own = identity === undefined ? Object.values(details) : [details[identity]];
  const texts = own.filter((detail) => typeof detail === 'string');
  const key = JSON.stringify([change.change, kind, service, ...texts]);
  // So late in its second `at` may be the next one already.
  return { second: Math.round(at - nanosecond / NANOSECONDS), nanosecond, key };
}

/** Positive if `one` is newer. */
export function comparePlaces(one: Place, other: Place): number {
  const later = one.second - other.second || one.nanosecond - other.nanosecond;
  return later || (one.key > other.key ? 1 : one.key < other.key ? -1 : 0);
}

/** As in the answers. */
export function changeJson({ at, kind, change, service, details }: Change): object {
  return { at, kind, change, service, ...details };
}
