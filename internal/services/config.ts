import { z } from 'zod';

import { integer } from '../config/config.ts';
import type { GapPattern } from './gaps.ts';

/** The longest gap: a day. */
export const MAX_GAP_SECONDS = 86_400;

/** SERVICE_GAPS: `pattern=seconds,…`; the first pattern that fits counts. Each fault is an issue of its own. */
const serviceGaps = z
  .string()
  .transform((list, context): readonly GapPattern[] =>
    list.split(',').map((item, index) => {
      const equals = item.lastIndexOf('=');
      const pattern = item.slice(0, Math.max(0, equals)).trim();
      const seconds = item.slice(equals + 1).trim();
      const gapSeconds = /^\d{1,5}$/.test(seconds) ? Number(seconds) : 0;
      if (pattern === '' || gapSeconds < 1 || gapSeconds > MAX_GAP_SECONDS) {
        const message = `item ${index + 1} must be pattern=seconds, from 1 to ${MAX_GAP_SECONDS}`;
        context.addIssue({ code: 'custom', message });
      }
      return { pattern, gapSeconds };
    }),
  )
  .default([]);

/** How reports become intervals; see docs/services.md. */
export const servicesSection = z.object({
  GAP_SECONDS: integer(1, 3600, 2),
  SERVICE_GAPS: serviceGaps,
  REPORT_LAYOUT: z
    .enum(['1', '2'], 'must be 1 or 2')
    .transform((layout) => (layout === '1' ? 1 : 2))
    .optional(),
  MAX_DELAY_SECONDS: integer(0, 86_400, 10),
  METRICS_SERVICES: z
    .enum(['0', '1'], 'must be 0 or 1')
    .default('0')
    .transform((flag) => flag === '1'),
});

export type ServicesConfig = Readonly<z.output<typeof servicesSection>>;
