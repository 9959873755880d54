import type { Context } from 'koa';

import { answerStream } from '../../frontdoor/answer.ts';
import { BUCKETS } from '../history/hours.ts';
import { newestIntervals, type NewestInterval } from '../history/reader.ts';
import { stateAt } from '../timeline.ts';
import type { Reading } from './one-service.ts';

// Read at once: a few thousand rows of a hundred thousand, so that they are neither all in memory nor asked for one by one.
const BUCKETS_AT_ONCE = 8;

/** Returns the handler of `GET /services`: the state of every service ever reported, in an order that means nothing. */
export function getServices(reading: Reading): (context: Context) => Promise<void> {
  return (context) => answerStream(context, membersOf(reading));
}

/** The answer in pieces. Written by hand: as keys of an object, __proto__ would vanish and 2 would come before 10. */
async function* membersOf(reading: Reading): AsyncGenerator<string> {
  const { config, now } = reading;
  const maxDelaySeconds = config.MAX_DELAY_SECONDS;
  let separator = '{';
  for await (const some of allNewest(reading)) {
    if (some.length === 0) continue;
    const nowSeconds = now();
    const members = some.map(({ serviceName, interval, gapSeconds }) => {
      const { state, since } = stateAt(interval, nowSeconds, { gapSeconds, maxDelaySeconds });
      return `${JSON.stringify(serviceName)}:{"state":"${state}","since":${since}}`;
    });
    // The same services come in the same order, though not by name from one part to the next.
    yield separator + members.sort().join(',');
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

/** The newest intervals of all services, some buckets at a time; the next ones are read while some are used. */
export async function* allNewest({ source }: Reading): AsyncGenerator<NewestInterval[]> {
  let reading: Promise<NewestInterval[]> | undefined;
  for (let firstBucket = 0; firstBucket < BUCKETS; firstBucket += BUCKETS_AT_ONCE) {
    const next = newestIntervals(source, { firstBucket, lastBucket: firstBucket + BUCKETS_AT_ONCE - 1 });
    next.catch(() => undefined); // Awaited in its turn, unless the one before fails.
    if (reading !== undefined) yield await reading;
    reading = next;
  }
  if (reading !== undefined) yield await reading;
}
