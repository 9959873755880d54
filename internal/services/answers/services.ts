import type { Context } from 'koa';
import { z } from 'zod';

import { answerJson, answerStream } from '../../frontdoor/answer.ts';
import { nameFault } from '../../frontdoor/fields.ts';
import { cursorCodec } from '../../frontdoor/pages.ts';
import { cursor, oneOf, readQuery, textWithout, wholeNumber } from '../../frontdoor/query.ts';
import { compareNames, namesAfter } from '../history/names.ts';
import { allNewest, newestPage, type NewestInterval } from '../history/newest.ts';
import { stateAt } from '../timeline.ts';
import type { Reading } from './one-service.ts';

const PAGE_SERVICES = 100;
const MOST_PAGE_SERVICES = 1000;
// Of a page that leaves out services in other states; then it ends, full or not.
const MOST_LOOKED_AT = 20_000;
// What is left out costs no more than a few questions.
const LEAST_AT_ONCE = 1000;

/** Where a page ended: behind the service of that name. */
const serviceCursor = cursorCodec<string>(
  'service 1',
  (name) => [name],
  ([name]) => (typeof name === 'string' && nameFault(name) === undefined ? name : undefined),
);

export const servicesQuery = z.object({
  limit: wholeNumber(1, MOST_PAGE_SERVICES)
    .optional()
    .describe(
      `Answer with a page of at most so many services; ${PAGE_SERVICES} if another parameter asks for pages.`,
    ),
  cursor: cursor(serviceCursor).optional().describe('The `next_cursor` of the page before.'),
  state: oneOf('idle', 'deploy', 'issue')
    .optional()
    .describe(
      'Only services in this state. A page may hold fewer than `limit` then, and still not be the last one.',
    ),
  prefix: textWithout(nameFault).optional().describe('Only services whose names begin with this.'),
});
type Asked = z.infer<typeof servicesQuery>;

/** Returns the handler of `GET /services`: the state of every service ever reported, or with any of its parameters a page. */
export function getServices(reading: Reading): (context: Context) => Promise<void> {
  return async (context) => {
    const asked = readQuery(servicesQuery, context.querystring);
    if (Object.values(asked).every((value) => value === undefined)) {
      await answerStream(context, membersOf(reading));
    } else {
      answerJson(context, await readPage(reading, asked));
    }
  };
}

/** The answer in pieces. Written by hand: as keys of an object, __proto__ would vanish and 2 would come before 10. */
async function* membersOf(reading: Reading): AsyncGenerator<string> {
  let separator = '{';
  for await (const newest of allNewest(reading.source)) {
    if (newest.length === 0) continue;
    const members = statesByName(reading, newest).map(
      ({ name, state, since }) => `${JSON.stringify(name)}:{"state":"${state}","since":${since}}`,
    );
    yield separator + members.join(',');
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

async function readPage(
  reading: Reading,
  { limit = PAGE_SERVICES, cursor: begin, state: wanted, prefix }: Asked,
): Promise<string> {
  // One more than asked for shows whether there is another page.
  const atOnce = wanted === undefined ? limit + 1 : Math.max(limit + 1, LEAST_AT_ONCE);
  const found: ServiceState[] = [];
  let after: string | undefined = begin;
  for (let lookedAt = 0; found.length <= limit && lookedAt < MOST_LOOKED_AT; lookedAt += atOnce) {
    const { newest, last } = await newestPage(reading.source, namesAfter(after, atOnce, prefix));
    const states = statesByName(reading, newest);
    found.push(...(wanted === undefined ? states : states.filter(({ state }) => state === wanted)));
    after = last;
    if (last === undefined) break;
  }
  const services = found.slice(0, limit);
  const end = found.length > limit ? services.at(-1)?.name : after;
  return `{"services":${JSON.stringify(services)},"next_cursor":${serviceCursor.json(end)}}`;
}

interface ServiceState extends ReturnType<typeof stateAt> {
  readonly name: string;
}

function statesByName({ config, now }: Reading, newest: readonly NewestInterval[]): ServiceState[] {
  const nowSeconds = now();
  const maxDelaySeconds = config.MAX_DELAY_SECONDS;
  return newest
    .map(({ serviceName, interval, gapSeconds }) => {
      const { state, since } = stateAt(interval, nowSeconds, { gapSeconds, maxDelaySeconds });
      return { name: serviceName, state, since };
    })
    .sort((a, b) => compareNames(a.name, b.name));
}
