import type { Feature, Pipeline } from '../pipeline/feature.ts';
import { getCurrent, getHistorical } from './get-records.ts';
import { getStats } from './get-stats.ts';
import { postRecords } from './post-records.ts';

/** `POST /records`, `GET /current`, `GET /historical/:component` and `GET /deployments/stats`. */
export function openDeployments(pipeline: Pipeline): Feature {
  return {
    routes: {
      add(router) {
        router.post('/records', postRecords(pipeline));
        router.get('/current', getCurrent(pipeline));
        router.get('/historical/:component', getHistorical(pipeline));
        router.get('/deployments/stats', getStats(pipeline));
      },
    },
  };
}
