import { readFileSync } from 'node:fs';

import { answerJson } from './answer.ts';
import { unavailable } from './problem.ts';
import type { FeatureRoutes } from './route.ts';

/** What tells how the process is; asked by orchestrators, with no token, and answered whatever else goes on. */
export const PROBE_PATHS = ['/health', '/ready'];

/**
 * `GET /health`: the process runs. `GET /ready`: it can do its work; `whyNotReady` resolves to the reason why it
 * cannot, or to undefined.
 */
export function probes(whyNotReady: () => Promise<string | undefined>): FeatureRoutes {
  return {
    servesWithoutDatabase: true,
    isIntrospection: true,
    openPaths: PROBE_PATHS,
    add(router) {
      router.get('/health', (context) => answerJson(context, '{"message":"alive"}'));
      router.get('/ready', async (context) => {
        const reason = await whyNotReady();
        if (reason !== undefined) throw unavailable(reason);
        answerJson(context, '{"message":"ready"}');
      });
    },
  };
}

// Compiled files lie in dist/internal/frontdoor/; the document is written by hand, in docs/.
const file = new URL('../../../docs/openapi.json', import.meta.url);

/** `GET /openapi.json`: the description of all endpoints. Read once, at the start. */
export function openApi(): FeatureRoutes {
  const document = readFileSync(file, 'utf8');
  return {
    servesWithoutDatabase: true,
    add(router) {
      router.get('/openapi.json', (context) => answerJson(context, document));
    },
  };
}
