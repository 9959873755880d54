import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

const AT_ONCE_MS = 10;

/**
 * Does something with each of many items, in their order, and lets the event loop have a turn each time that took 10 ms: who
 * asks for a lot holds nobody else up.
 */
export async function inTurns<Item>(
  items: Iterable<Item>,
  work: (item: Item) => void,
  now = () => performance.now(),
  turn: () => Promise<unknown> = turnOfTheLoop,
): Promise<void> {
  let untilMs = now() + AT_ONCE_MS;
  for (const item of items) {
    work(item);
    if (now() < untilMs) continue;
    await turn();
    untilMs = now() + AT_ONCE_MS;
  }
}

/** The items in pieces of so many, the last of which may have fewer. */
export function* piecesOf<Item>(items: Iterable<Item>, size: number): Generator<readonly Item[]> {
  let piece: Item[] = [];
  for (const item of items) {
    piece.push(item);
    if (piece.length < size) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
