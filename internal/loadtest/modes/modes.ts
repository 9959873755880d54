import type { Mode } from './mode.ts';
import { payload } from './payload.ts';
import { records } from './records.ts';
import { bulk, single } from './reports.ts';
import { spark } from './spark.ts';

/** Every kind of load there is; the first is the default. */
export const modes: readonly [Mode, ...Mode[]] = [single, bulk, payload, records, spark];

/** The mode of this name. */
export function modeNamed(name: string): Mode | undefined {
  return modes.find((mode) => mode.name === name);
}
