import { documentOf } from '../frontdoor/document.ts';
import { ownApi } from '../frontdoor/own-routes.ts';
import { liveApi } from '../live/live.ts';
import { metricsApi } from '../metrics/metrics.ts';
import type { FeatureParts } from '../pipeline/feature.ts';

/** The OpenAPI document of a program with these features, all below `basePath`. Loaded when somebody asks for it. */
export async function describe(
  features: readonly Pick<FeatureParts<never>, 'api'>[],
  basePath = '',
): Promise<object> {
  const rooms = await Promise.all(features.flatMap(({ api }) => (api === undefined ? [] : [api()])));
  return documentOf([...rooms, liveApi, metricsApi, ownApi], basePath);
}
