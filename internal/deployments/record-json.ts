import { formatInstant } from '../time/instant.ts';
import type { DeploymentRecord } from './record.ts';

/** The record as JSON text. Component and environment are of letters, digits, dots and dashes: nothing to escape. */
export function recordJson(record: DeploymentRecord): string {
  const { component, environment, state } = record;
  const names = `"Component":"${component}","Environment":"${environment}"`;
  return `{${names},"State":${JSON.stringify(state)},"Timestamp":"${formatInstant(record)}"}`;
}
