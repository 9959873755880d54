import type { ClientBase } from 'pg';

import { archiving, cutoffOf } from '../database/archive.ts';
import type { Spread } from '../database/cluster.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getDuration, getJobs, getNewestRuns, getRunIds, getRuns } from './get-jobs.ts';
import { getRunEvents } from './get-run-events.ts';
import { deleteOldRuns, oldestKeptMs } from './old-runs.ts';
import { postCollect } from './post-collect.ts';

/** Its tables, and by what each is spread over a cluster. */
export const jobTables: readonly Spread[] = [
  { table: 'job_runs', by: 'job_name' },
  { table: 'job_events', by: 'job_name' },
];

const ROWS_A_STEP = 1000;

/** `POST /collect` and `GET /job…`: what Spark listeners send, and how long it is kept. */
export function openJobs(pipeline: Pipeline): Feature {
  const { config, database, now } = pipeline;
  const retentionDays = config.RETENTION_DAYS;
  return {
    routes: {
      add(router) {
        router.post('/collect', postCollect(pipeline));
        router.get('/job', getJobs(database));
        router.get('/job-runs', getNewestRuns(pipeline));
        router.get('/job/:name', getRunIds(database));
        router.get('/job/:name/runs', getRuns(pipeline));
        router.get('/job/:name/:run_id/events', getRunEvents(database));
        router.get('/job/:name/:run_id/duration', getDuration(database));
      },
    },
    chores:
      retentionDays === undefined
        ? []
        : [
            {
              name: 'delete old runs',
              run: (client: ClientBase) => {
                const cutoff = cutoffOf(config, oldestKeptMs(retentionDays, now()) / 1000);
                return archiving(config, { table: 'job_runs', cutoff }, (runs) =>
                  archiving(config, { table: 'job_events', cutoff }, (events) =>
                    deleteOldRuns(client, cutoff * 1000, ROWS_A_STEP, { runs, events }),
                  ),
                );
              },
            },
          ],
  };
}
