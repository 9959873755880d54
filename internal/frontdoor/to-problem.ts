import { isTransient } from '../database/sqlstate.ts';
import { UnavailableError } from '../shards/unavailable.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Problem, unavailable } from './problem.ts';

/** The one place where errors of all rooms become answers. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnavailableError) return unavailable(error.message, error);
  if (isTransient(error)) return unavailable('The database does not answer.', error);
  return new Problem(500, 'internal', 'The request failed for a reason that is in the log.', {
    cause: error,
  });
}

/** Logs a refusal once: what is our fault as an error, what may go well later as a warning, all else as information. */
export function logProblem(logger: Logger, problem: Problem, fields: object): void {
  const entry = { ...fields, status: problem.status, code: problem.code, detail: problem.message };
  if (problem.status === 500) logger.error({ ...entry, error: problem.cause }, 'request failed');
  else if (problem.status === 503) logger.warn(entry, 'request not served');
  else logger.info(entry, 'request refused');
}
