import { archiving, cutoffOf } from '../database/archive.ts';
import type { Spread } from '../database/cluster.ts';
import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getCurrent, getHistorical } from './get-records.ts';
import { getStats } from './get-stats.ts';
import { deleteOldRecords } from './old-records.ts';
import { postRecords } from './post-records.ts';

/** Its tables, and by what each is spread over a cluster. */
export const deploymentTables: readonly Spread[] = [
  { table: 'deployment_records', by: 'component' },
  { table: 'current_records', by: 'component' },
  { table: 'record_details', by: 'component' },
];

const ROWS_A_STEP = 1000;

/** `POST /records`, `GET /current`, `GET /historical/:component` and `GET /deployments/stats`. */
export function openDeployments(pipeline: Pipeline): Feature {
  const { config, now } = pipeline;
  const { RETENTION_DAYS: days } = config;
  return {
    routes: {
      add(router) {
        router.post('/records', postRecords(pipeline));
        router.get('/current', getCurrent(pipeline));
        router.get('/historical/:component', getHistorical(pipeline));
        router.get('/deployments/stats', getStats(pipeline));
      },
    },
    chores:
      days === undefined
        ? []
        : [
            {
              name: 'delete old records',
              run: (client) => {
                const cutoff = cutoffOf(config, Math.floor(now()) - days * 86_400);
                return archiving(config, { table: 'deployment_records', cutoff }, (archived) =>
                  deleteOldRecords(client, cutoff, ROWS_A_STEP, archived),
                );
              },
            },
          ],
  };
}
