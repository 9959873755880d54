import type pg from 'pg';

import type { Pipeline } from '../pipeline/feature.ts';
import type { ServicesConfig } from './config.ts';

/** What those get who answer from the observations. */
export interface ReadPipeline extends Pick<Pipeline<ServicesConfig>, 'config' | 'now'> {
  /** The database, once all that was committed before is in the observations: nobody reads them past this. */
  readonly settled: () => Promise<pg.Pool>;
}
