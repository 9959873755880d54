import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

const CALM_MS = 0.3;
// What is taken for hardly any time grows by this share of the waiting: under load no turn is short.
const GROWTH = 0.01;
const MOST_MS = 500;

/**
 * Resolves right after a turn of the event loop that accepted no connection and took hardly any time, or after half a second.
 * Who then closes the listening socket at once resets next to nobody: what has connected and was not accepted is reset
 * by Linux. A turn accepts one connection and no more (libuv since 1.45), so after a burst they are many.
 *
 * @param accepted tells how many connections were accepted so far
 */
export async function untilAllAccepted(
  accepted: () => number,
  now = () => performance.now(),
  turn: () => Promise<unknown> = turnOfTheLoop,
): Promise<void> {
  const startMs = now();
  // What is left of this one, which may have looked for connections long ago.
  await turn();
  for (;;) {
    const before = { ms: now(), accepted: accepted() };
    await turn();
    const nowMs = now();
    const shortMs = CALM_MS + (nowMs - startMs) * GROWTH;
    if (accepted() === before.accepted && nowMs - before.ms <= shortMs) return;
    if (nowMs - startMs >= MOST_MS) return;
  }
}
