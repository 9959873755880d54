import { EventEmitter, once } from 'node:events';

import { expect } from 'chai';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../internal/testing/shared-postgres.ts';
import { pagesOf } from './testing/asking.ts';
import { eventsCounted, getEvents, postEvents } from './testing/bulk-client.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';

const EVENTS = 5000;
const REQUESTS = 60;
const QUEUED_PER_SHARD = 20_000;
const SHARDS = 2;
// A shard has one batch in flight besides its queue, of one request's part or more.
const MOST_TAKEN = SHARDS * 2 * QUEUED_PER_SHARD;
const PAST = 1_700_000_000;

describe('a service that is sent more than its database takes', () => {
  let database: TestDatabase;
  let service: TestService;
  let blocker: pg.Client;

  before(async () => {
    database = await createTestDatabase();
    service = await startTestService({
      database,
      environment: {
        SHARDS: String(SHARDS),
        BATCH_SIZE: String(QUEUED_PER_SHARD),
        MAX_QUEUED_EVENTS: String(QUEUED_PER_SHARD),
        FLUSH_TIMEOUT_MS: '60000',
      },
    });
    blocker = new pg.Client({ connectionString: database.connectionString });
    await blocker.connect();
  });

  after(async () => {
    await blocker.end();
    await service.stop();
    await database.drop();
  });

  it('refuses the excess at once, and stores all that it acknowledges', async () => {
    const news = new EventEmitter();
    const statuses: number[] = [];
    await blocker.query('begin; lock table event_batches');
    const told = Array.from({ length: REQUESTS }, async (_, request) => {
      const items = Array.from({ length: EVENTS }, (_, index) => ({
        timestamp: PAST + index,
        data: request,
      }));
      const { status } = await postEvents(service, items);
      statuses.push(status);
      news.emit('told');
      return { request, status };
    });
    // While nothing can be stored: what is not refused waits, and no more than there is room for.
    const leastRefused = REQUESTS - MOST_TAKEN / EVENTS;
    while (statuses.length < leastRefused) await once(news, 'told');
    expect(new Set(statuses)).to.deep.equal(new Set([503]));

    await blocker.query('rollback');
    const outcomes = await Promise.all(told);
    const acknowledged = outcomes.filter(({ status }) => status === 200).map(({ request }) => request);
    expect(acknowledged.length * EVENTS)
      .to.be.at.least(QUEUED_PER_SHARD)
      .and.at.most(MOST_TAKEN);
    expect(await eventsCounted(service)).to.equal(acknowledged.length * EVENTS);
    const stored = new Map<unknown, number>();
    for await (const { events } of pagesOf((cursor) => getEvents(service, `?limit=1000${cursor}`))) {
      for (const { data } of events) stored.set(data, (stored.get(data) ?? 0) + 1);
    }
    expect(stored).to.deep.equal(new Map(acknowledged.map((request) => [request, EVENTS])));
  });
});
