import { z } from 'zod';

import { answerText } from '../frontdoor/answer.ts';
import type { Api } from '../frontdoor/operation.ts';
import type { FeatureRoutes } from '../frontdoor/route.ts';
import type { Feature } from '../pipeline/feature.ts';
import type { AskFigures, Measure } from '../shards/figures.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface MetricsOptions {
  /** What each process counts. */
  readonly askFigures: AskFigures;
  readonly features: readonly Pick<Feature, 'readMeasures'>[];
  readonly whyNotReady: () => Promise<string | undefined>;
  readonly logger: Logger;
}

/**
 * `GET /metrics`: figures that are kept anyway, read when somebody asks. What the database cannot tell is left out
 * while it is away, and all else goes on.
 */
export function metrics({ askFigures, features, whyNotReady, logger }: MetricsOptions): FeatureRoutes {
  return {
    servesWithoutDatabase: true,
    isIntrospection: true,
    add(router) {
      router.get('/metrics', async (context) => {
        const isReady = (await whyNotReady()) === undefined;
        const [{ measures }, ...read] = await Promise.all([
          askFigures(),
          ...(isReady ? features : []).map((feature) => readFrom(feature, logger)),
        ]);
        // Loaded when first asked for, as a start has no use for it.
        const { METRICS_TYPE, metricsText } = await import('./text.ts');
        const text = await metricsText([readiness(isReady), ...measures, ...read.flat()]);
        answerText(context, text, METRICS_TYPE);
      });
    },
  };
}

async function readFrom(feature: Pick<Feature, 'readMeasures'>, logger: Logger): Promise<readonly Measure[]> {
  try {
    return (await feature.readMeasures?.()) ?? [];
  } catch (error) {
    logger.warn({ error }, 'measures cannot be read');
    return [];
  }
}

function readiness(isReady: boolean): Measure {
  const help = '1 if a report could be committed and read back now, as GET /ready finds out.';
  return { kind: 'gauge', name: 'minikom_ready', help, values: [{ labels: {}, value: isReady ? 1 : 0 }] };
}

const EXAMPLE = `# HELP minikom_ready 1 if a report could be committed and read back now, as GET /ready finds out.
# TYPE minikom_ready gauge
minikom_ready 1
`;

export const metricsApi: Api = {
  tag: 'Metrics',
  about: 'Figures for Prometheus.',
  operations: {
    'GET /metrics': {
      operationId: 'getMetrics',
      summary: 'Figures for Prometheus',
      description:
        'The text format of Prometheus: what every process counts and, with METRICS_SERVICES=1, the state of each service. See docs/operations.md for every name.',
      answers: {
        200: {
          description: 'Now. What needs the database is left out while it is away.',
          content: { 'text/plain': { schema: z.string(), example: EXAMPLE } },
        },
        503: 'Not now: too many requests at once, or one of several processes does not answer.',
      },
    },
  },
};
