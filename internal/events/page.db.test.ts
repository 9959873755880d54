import { expect } from 'chai';
import fc from 'fast-check';

import { readPage, type EventRange } from './page.ts';
import { createPartition, dayOf } from './partitions.ts';
import { useEventDatabase } from './testing/event-database.ts';

const DAY_SECONDS = 86_400;
const everything: EventRange = { fromMicros: undefined, toMicros: undefined, after: undefined };

interface Arrival {
  /** Days since 2023-11-01. */
  readonly day: number;
  /** How long before the end of that day's successor the event says it was. */
  readonly ageSeconds: number;
}

describe('a page of events', () => {
  const events = useEventDatabase();
  const start = Date.UTC(2023, 10, 1) / 1000;

  /** Stores events, in partitions of the days on which they arrived. */
  async function store(
    arrivals: readonly Arrival[],
    dataOf = (index: number) => String(index),
  ): Promise<void> {
    const days = new Set(arrivals.map(({ day }) => dayOf(start + day * DAY_SECONDS)));
    for (const day of days) await events.inTransaction((client) => createPartition(client, day));
    await events.pool.query(
      `insert into payload_events (received_day, event_time, data)
       select to_timestamp($1::int8 + day * 86400)::date, to_timestamp($1::int8 + (day + 2) * 86400 - age), data::json
       from unnest($2::int4[], $3::int4[], $4::text[]) as arrivals (day, age, data)`,
      [
        start,
        arrivals.map(({ day }) => day),
        arrivals.map(({ ageSeconds }) => ageSeconds),
        arrivals.map((_, index) => dataOf(index)),
      ],
    );
  }

  /** The data of all pages. */
  async function readAll(range: EventRange, limit: number): Promise<number[]> {
    const found: number[] = [];
    for (let after = range.after; ;) {
      const page = await readPage(events.pool, { ...range, after }, limit);
      expect(page.events.length).to.be.at.most(limit);
      found.push(...page.events.map(({ data }) => Number(data)));
      after = page.events.at(-1);
      if (!page.hasMore) return found;
      expect(page.events).not.to.deep.equal([]);
    }
  }

  /** What PostgreSQL says of the query of a page that is full. */
  async function explainPage(range: EventRange, limit: number, explain: string): Promise<string> {
    const queries: { text: string; values: unknown[] }[] = [];
    const spy = new Proxy(events.pool, {
      get: (pool, name) =>
        name === 'query'
          ? (query: string | { text: string; values: unknown[] }) => {
              if (typeof query !== 'string') queries.push(query);
              return pool.query(query);
            }
          : (Reflect.get(pool, name) as unknown),
    });
    expect((await readPage(spy, range, limit)).events).to.have.length(limit);
    expect(queries).to.have.length(1);
    const [asked] = queries;
    const plan = await events.pool.query<{ 'QUERY PLAN': string }>(
      `${explain} ${asked?.text ?? ''}`,
      asked?.values,
    );
    return plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  const timeOf = ({ day, ageSeconds }: Arrival) => start + (day + 2) * DAY_SECONDS - ageSeconds;

  it('follows after page: all events in order, whenever they arrived', async () => {
    const arrival = fc.record({
      day: fc.nat({ max: 100 }),
      ageSeconds: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 100 * DAY_SECONDS })),
    });
    const bound = fc.option(fc.nat({ max: 102 * DAY_SECONDS }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 60 }),
        fc.record({ from: bound, to: bound }),
        fc.integer({ min: 1, max: 20 }),
        async (arrivals, { from, to }, limit) => {
          await events.pool.query('truncate payload_events restart identity');
          await store(arrivals);
          const range = {
            fromMicros: from === undefined ? undefined : (start + from) * 1e6,
            toMicros: to === undefined ? undefined : (start + to) * 1e6,
            after: undefined,
          };
          const expected = arrivals
            .map((one, index) => ({ index, time: timeOf(one) }))
            .filter(
              ({ time }) =>
                (from === undefined || time >= start + from) && (to === undefined || time < start + to),
            )
            .sort((a, b) => b.time - a.time || b.index - a.index);
          expect(await readAll(range, limit)).to.deep.equal(expected.map(({ index }) => index));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is empty where there is nothing, not even a partition', async () => {
    expect(await readPage(events.pool, everything, 10)).to.deep.equal({ events: [], hasMore: false });
  });

  it('says whether there is another one', async () => {
    await store([1, 2, 3].map((ageSeconds) => ({ day: 0, ageSeconds })));
    expect((await readPage(events.pool, everything, 2)).hasMore).to.equal(true);
    expect((await readPage(events.pool, everything, 3)).hasMore).to.equal(false);
  });

  it('ends before its data is too much to hold, but never without an event', async () => {
    const large = JSON.stringify('x'.repeat(9_000_000));
    await store(
      [1, 2, 3, 4].map((ageSeconds) => ({ day: ageSeconds % 2 === 0 ? 0 : 80, ageSeconds })),
      () => large,
    );
    const sizes: number[] = [];
    for (let after: EventRange['after'] = undefined, hasMore = true; hasMore;) {
      const page = await readPage(events.pool, { ...everything, after }, 100);
      sizes.push(page.events.length);
      ({ hasMore } = page);
      after = page.events.at(-1);
    }
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(4);
    expect(Math.max(...sizes)).to.be.at.most(2);
  });

  it('opens the newest partitions only, by their index', async () => {
    for (let day = 0; day < 300; day++) {
      await events.inTransaction((client) => createPartition(client, dayOf(start + day * DAY_SECONDS)));
    }
    await store(Array.from({ length: 200 }, (_, index) => ({ day: 299, ageSeconds: index + DAY_SECONDS })));
    const text = await explainPage(everything, 100, 'explain');
    expect(text.match(/payload_events_2\d{7}_pkey/g), text).to.have.length(4);
    expect(text).not.to.contain('Seq Scan');
  });

  it('reads no more for a page behind many others', async () => {
    const [newest, oldest] = [100, 30_000];
    await store(Array.from({ length: oldest }, (_, index) => ({ day: 0, ageSeconds: index + 1 })));
    const pagesRead = async (place: number, range: Partial<EventRange>): Promise<number> => {
      const micros = (start + 2 * DAY_SECONDS - place) * 1e6;
      const after = { micros, eventId: '0' };
      const plan = await explainPage({ ...everything, after, ...range }, 10, 'explain (analyze, buffers)');
      const [, hit = '', read = '0'] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(plan) ?? [];
      return Number(hit) + Number(read);
    };
    const toNow = { toMicros: (start + 2 * DAY_SECONDS) * 1e6 };
    for (const range of [{}, toNow]) {
      const before = await pagesRead(newest, range);
      expect(before).to.be.greaterThan(0);
      expect(await pagesRead(oldest - 100, range)).to.be.at.most(2 * before);
    }
  });
});
