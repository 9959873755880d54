import type { ClientBase } from 'pg';

import { throughKoa } from '../frontdoor/route.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getEvents } from './get-events.ts';
import { deleteOldBatches, deleteOldKeys, dropOldPartitions, preparePartition } from './housekeeping.ts';
import { postEvents, type ReportIntake } from './post-events.ts';
import type { GatherReports } from './parse.ts';

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
