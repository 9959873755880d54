import type { Context } from 'koa';
import { z } from 'zod';

import { nameFault } from '../frontdoor/fields.ts';
import { Problem } from '../frontdoor/problem.ts';
import { readQuery, text } from '../frontdoor/query.ts';
import type { Pipeline } from '../pipeline/feature.ts';
import type { ChecksConfig } from './config.ts';
import { isKnown } from './queries.ts';

const targetQuery = z.object({ target: text().optional() });

/**
 * Reads `?target=`; undefined means all. Throws a 404 {@link Problem} for a target that is neither configured here nor
 * was ever checked, as far as checks are kept.
 */
export async function readTarget(
  { database, config }: Pick<Pipeline<ChecksConfig>, 'database' | 'config'>,
  { query }: Context,
): Promise<string | undefined> {
  const { target } = readQuery(targetQuery, query);
  if (target === undefined) return undefined;
  if (config.CHECK_TARGETS.some(({ name }) => name === target)) return target;
  // What can be no name was never checked, and Postgres takes no U+0000 in a question either.
  const isTarget = nameFault(target) === undefined && (await isKnown(database, target));
  if (!isTarget) throw new Problem(404, 'not-found', 'This target is not checked.');
  return target;
}
