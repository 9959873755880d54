import type { Context } from 'koa';

import { nameFault } from '../frontdoor/fields.ts';
import { invalidRequest, Problem } from '../frontdoor/problem.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import { isKnown } from './queries.ts';

/**
 * Reads `?target=`; undefined means all. Throws a 404 {@link Problem} for a target that is neither configured here nor
 * was ever checked, as far as checks are kept.
 */
export async function readTarget(
  { database, config }: Pick<Pipeline, 'database' | 'config'>,
  { query: { target } }: Context,
): Promise<string | undefined> {
  if (target === undefined) return undefined;
  if (typeof target !== 'string') throw invalidRequest([{ field: 'target', message: 'must be there once' }]);
  if (config.CHECK_TARGETS.some(({ name }) => name === target)) return target;
  // What can be no name was never checked, and Postgres takes no U+0000 in a question either.
  const isTarget = nameFault(target) === undefined && (await isKnown(database, target));
  if (!isTarget) throw new Problem(404, 'not-found', 'This target is not checked.');
  return target;
}
