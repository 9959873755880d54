import type { FeatureParts } from '../../internal/pipeline/feature.ts';

/** The list of all features: a new one adds its own entry here, and nothing else elsewhere. */
export const features: readonly FeatureParts[] = [
  {
    open: async () => (await import('../../internal/services/feature.ts')).openServices,
    parsers: async () => [(await import('../../internal/services/report-parser.ts')).reportParser],
    sink: async () => (await import('../../internal/services/sink.ts')).reportSink,
  },
  {
    open: async () => (await import('../../internal/workers/feature.ts')).openWorkers,
  },
];
