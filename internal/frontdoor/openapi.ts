import { readFileSync } from 'node:fs';

import { answerJson } from './answer.ts';
import type { FeatureRoutes } from './route.ts';

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
