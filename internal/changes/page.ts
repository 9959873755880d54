import { comparePlaces, placeOf, type Change, type ChangeSource, type Place, type Span } from './change.ts';

/** Some of what happened, newest first, and where to go on. */
export interface ChangesPage {
  readonly changes: readonly Change[];
  /** Undefined if nothing more is in the span. */
  readonly next: Place | undefined;
}

const FIRST_STEP_SECONDS = 3600;
// A page may be short, or even empty, and others follow: so much of a long quiet history is read at once, and no more.
const LONGEST_READ_SECONDS = 7 * 86_400;

/**
 * The newest changes of a span before a place. It is read backwards from its end, an hour first, then ever more at a time,
 * until the page is full.
 */
export async function changesPage(
  sources: readonly ChangeSource[],
  span: Span,
  { service, after, limit }: { service: string | undefined; after: Place | undefined; limit: number },
): Promise<ChangesPage> {
  const found: Change[] = [];
  const end = after === undefined ? span.to : Math.min(span.to, after.second + 1);
  const last = Math.max(span.from, end - LONGEST_READ_SECONDS);
  let to = end;
  for (let step = FIRST_STEP_SECONDS; to > last && found.length <= limit; step *= 2) {
    const from = Math.max(last, to - step);
    const read = await Promise.all(sources.map((source) => source.read({ from, to }, service)));
    const some = read
      .flat()
      .map((change) => ({ change, place: placeOf(change) }))
      .filter(({ place }) => after === undefined || comparePlaces(place, after) < 0)
      .sort((a, b) => comparePlaces(b.place, a.place));
    for (const { change } of some) found.push(change);
    to = from;
  }
  const changes = await Promise.all(found.slice(0, limit).map(completed));
  const lastOne = changes.at(-1);
  if (found.length > limit && lastOne !== undefined) return { changes, next: placeOf(lastOne) };
  // All up to there is told: the next page begins with what is just before.
  return { changes, next: to > span.from ? { second: to, nanosecond: 0, key: '' } : undefined };
}

async function completed(change: Change): Promise<Change> {
  return change.complete === undefined ? change : { ...change, details: await change.complete() };
}
