import type pg from 'pg';

import type { Logger } from '../telemetry/logger.ts';
import type { Payload } from './parse-payload.ts';

/**
 * Warns of a payload that was taken for one that is stored, but holds other Spark events: its listener counts anew under
 * the same run, or added to a payload that it sent again, and those events are not stored. Never rejects.
 */
export async function warnOfOtherPayload(
  database: pg.Pool,
  logger: Pick<Logger, 'warn' | 'debug'>,
  payload: Payload,
): Promise<void> {
  const { jobName, runId, payloadCounter, events } = payload;
  if (events === 0) return;
  try {
    if (!(await isOther(database, payload))) return;
    logger.warn({ jobName, runId, payloadCounter, events }, 'job payload repeated with other events');
  } catch (error) {
    logger.debug({ error }, 'job payload not compared');
  }
}

/** Whether the payload that is stored under this one's identity holds other Spark events. */
async function isOther(
  database: pg.Pool,
  { jobName, runId, payloadCounter, digest }: Payload,
): Promise<boolean> {
  const { rows } = await database.query<{ is_other: boolean }>({
    name: 'is it another job payload',
    text: `
      select events_digest <> decode($4, 'hex') as is_other
      from job_payloads
      where job_name = $1 and run_id = $2 and payload_counter = $3`,
    values: [jobName, runId, payloadCounter, digest],
  });
  return rows[0]?.is_other === true;
}
