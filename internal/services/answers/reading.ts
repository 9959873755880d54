import { nameFault } from '../../frontdoor/fields.ts';
import { Problem } from '../../frontdoor/problem.ts';
import type { Pipeline } from '../../pipeline/feature.ts';
import type { ServicesConfig } from '../config.ts';
import { historyOf, type History, type HistorySource } from '../history/reader.ts';

/** What those get who answer from histories. */
export interface Reading extends Pick<Pipeline<ServicesConfig>, 'config' | 'now'> {
  readonly source: HistorySource;
}

/** The history of a service by the name in a path, before `beforeSecond`; throws a 404 if it was never reported. */
export async function requireHistory(
  source: HistorySource,
  serviceName = '',
  beforeSecond?: number,
): Promise<History> {
  // What can be no name was never reported, and PostgreSQL takes no U+0000 in a question either.
  const history =
    nameFault(serviceName) === undefined ? await historyOf(source, serviceName, beforeSecond) : undefined;
  if (history === undefined) throw neverReported();
  return history;
}

export function neverReported(): Problem {
  return new Problem(404, 'not-found', 'This service was never reported.');
}
