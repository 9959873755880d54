import type { ClientBase } from 'pg';

import { inTransaction } from '../database/transaction.ts';
import { lockCheckpoints } from './checkpoint-lock.ts';
import {
  claimCheckpoints,
  dueServices,
  keepCheckpoints,
  lastKnownOf,
  type Due,
} from './checkpoint-queries.ts';
import { SECONDS_PER_HOUR } from './hour.ts';
import { byName, lookBack } from './newest-interval.ts';

/** From an hour's end until it is taken for complete: what comes later than that costs its service the checkpoint. */
const LATE_SECONDS = 60;
const SERVICES_A_STEP = 1000;
// An hour can take 20 KB, and is in the event loop's way while it is folded.
const HOURS_AT_ONCE = 200;

/** The first hour that reports may still come for, `maxDelaySeconds` late and a little more. */
export function firstOpenHour(nowSeconds: number, maxDelaySeconds: number): number {
  return Math.floor((nowSeconds - maxDelaySeconds - LATE_SECONDS) / SECONDS_PER_HOUR);
}

/**
 * Gives each service a checkpoint as late as can be: at its newest hour, or at `openHour` if that is earlier. Goes from
 * service to service in steps, and on to the next where one fails; then it throws in the end. Returns how many it made.
 * One at a time: the caller sees to that, on this very connection.
 */
export async function advanceCheckpoints(
  client: ClientBase,
  openHour: number,
  gapSeconds: number,
  signal?: AbortSignal,
): Promise<number> {
  let made = 0;
  const failures: unknown[] = [];
  for (let after = ''; ;) {
    signal?.throwIfAborted();
    const due = await dueServices(client, openHour, gapSeconds, after, SERVICES_A_STEP);
    const last = due.at(-1);
    if (last === undefined) break;
    await advanceSome(client, due, gapSeconds, signal).then(
      (count) => (made += count),
      (error: unknown) => failures.push(error),
    );
    after = last.serviceName;
  }
  if (failures.length > 0) throw failures[0];
  return made;
}

/**
 * Claims checkpoints, makes them, and keeps those whose claim is left: whoever changes an hour that one stands for takes
 * the claim away. Nobody has to wait while they are made.
 */
async function advanceSome(
  client: ClientBase,
  due: readonly Due[],
  gapSeconds: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  await inTransaction(client, async () => {
    await lockCheckpoints(client);
    await claimCheckpoints(client, due);
  });
  const known = await lastKnownOf(client, due, gapSeconds);
  const changed = known.flatMap(({ earlier, checkpoint }) =>
    earlier === undefined || earlier.hour < (checkpoint?.hour ?? 0) ? [] : [{ ...earlier, checkpoint }],
  );
  const bounds = { mostHoursAtOnce: HOURS_AT_ONCE, ...(signal && { signal }) };
  const intervals = byName(await lookBack(client, changed, gapSeconds, bounds));
  const made = known.map(({ serviceName, hour, checkpoint }) => ({
    ...{ serviceName, hour },
    interval: intervals.get(serviceName) ?? checkpoint?.interval,
  }));
  return inTransaction(client, async () => {
    await lockCheckpoints(client);
    return keepCheckpoints(client, made, gapSeconds);
  });
}
