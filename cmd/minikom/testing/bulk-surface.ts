import pg from 'pg';
import { z } from 'zod';

import { emptyServices } from '../../../internal/testing/services-database.ts';
import { send, type Answer, type WireRequest } from '../../../internal/testing/wire.ts';
import { startTestService, type TestService } from './start-test-service.ts';

/** The service's clock in these tests, in unix seconds. */
export const NOW = 1_700_000_000;

const DEADLOCK_DETECTED = '40P01';
const tablesOfEvents = ['payload_events', 'event_batches', 'idempotency_keys', 'idempotency_parts'];

const shardsAnswer = z.object({ shards: z.array(z.object({ batches: z.int(), events: z.int() })) });

/** A service that takes bulk requests, as a caller sees it. */
export interface BulkSurface {
  readonly url: string;
  readonly database: pg.Pool;
  send(request: WireRequest): Promise<Answer>;
  /** Forgets all that is stored. */
  clear(): Promise<void>;
  /** What all shards did so far. */
  shardTotals(): Promise<{ batches: number; events: number }>;
}

/** Starts a service for the tests of the surrounding `describe`; each starts with nothing stored. */
export function useBulkSurface(environment: Readonly<Record<string, string>> = {}): BulkSurface {
  let service: TestService;
  let database: pg.Pool;

  before(async () => {
    service = await startTestService({ environment, now: () => NOW });
    database = new pg.Pool({ connectionString: service.connectionString, max: 2 });
  });

  after(async () => {
    await database.end();
    await service.stop();
  });

  beforeEach(() => surface.clear());

  const surface: BulkSurface = {
    get url() {
      return service.url;
    },
    get database() {
      return database;
    },
    send: (request) => send(service.url, request),
    async clear() {
      // The service tidies up when it starts, and does not expect anybody to lock all its tables meanwhile.
      await emptyServices(database, tablesOfEvents).catch((error: unknown) => {
        if (!(error instanceof pg.DatabaseError) || error.code !== DEADLOCK_DETECTED) throw error;
        return emptyServices(database, tablesOfEvents);
      });
    },
    async shardTotals() {
      const { text } = await surface.send({ path: '/shards' });
      const { shards } = shardsAnswer.parse(JSON.parse(text));
      const sum = (count: (shard: (typeof shards)[number]) => number) =>
        shards.reduce((total, shard) => total + count(shard), 0);
      return { batches: sum(({ batches }) => batches), events: sum(({ events }) => events) };
    },
  };
  return surface;
}
