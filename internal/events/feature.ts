import type { ClientBase } from 'pg';

import type { Spread } from '../database/cluster.ts';
import { throughKoa } from '../frontdoor/route.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getEvents } from './get-events.ts';
import { deleteOldBatches, deleteOldKeys, dropOldPartitions, preparePartition } from './housekeeping.ts';
import { postEvents, type ReportIntake } from './post-events.ts';
import type { GatherReports } from './parse.ts';

/**
 * The tables of payload events, and by what each is spread over a cluster: a batch with all its events lies in one place, so
 * that a flush is on one server.
 */
export const eventTables: readonly Spread[] = [
  { table: 'event_batches', by: 'batch_id' },
  {
    table: 'payload_events',
    by: 'placed_by',
    first: [
      // The flush says which batch it is (sink.ts); whoever else writes, such as a restored backup, needs no place.
      `alter table payload_events add column placed_by uuid not null
         default coalesce(nullif(current_setting('minikom.batch', true), '')::uuid, gen_random_uuid())`,
      'alter table payload_events drop constraint payload_events_pkey',
      'alter table payload_events add primary key (event_time, event_id, received_day, placed_by)',
    ],
  },
  { table: 'idempotency_keys', by: 'idempotency_key' },
  { table: 'idempotency_parts', by: 'key_id' },
];

/**
 * `POST /events` and `GET /events`, and how long payload events, batches and keys are kept. The reports inside bulk
 * requests go where `intake` takes them.
 */
export function openEvents<Reports>(
  pipeline: Pipeline,
  gather: GatherReports<Reports>,
  intake: ReportIntake<Reports>,
): Feature {
  const { config, now } = pipeline;
  const retentionDays = config.RETENTION_DAYS;
  const retention = retentionDays === undefined ? [] : [retentionDays];
  const post = postEvents(pipeline, gather, intake);
  return {
    routes: {
      hotWrites: { '/events': post },
      add(router) {
        router.post('/events', throughKoa(post));
        router.get('/events', getEvents(pipeline.database));
      },
    },
    chores: [
      { name: 'prepare partition', run: (client) => preparePartition(client, now()) },
      {
        name: 'delete old batches',
        run: (client) => deleteOldBatches(client, config.FLUSH_TIMEOUT_MS, now()),
      },
      { name: 'delete old keys', run: deleteOldKeys },
      ...retention.map((days) => ({
        name: 'drop old partitions',
        run: (client: ClientBase) => dropOldPartitions(client, days, now(), config),
      })),
    ],
  };
}
