import { z } from 'zod';

import { booleanFlag, integer } from '../config/config.ts';
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
export const servicesSection = z
  .object({
    GAP_SECONDS: integer(1, 3600, 2).meta({
      of: 'all',
      description: 'reports of one interval are at most this far apart',
    }),
    SERVICE_GAPS: serviceGaps.meta({
      of: 'all',
      description:
        'other gaps for services whose names fit: `pattern=seconds,…` with `*` and `?`, from 1 to 86400; the first ' +
        'that fits counts: [services.md](services.md#a-gap-of-ones-own)',
    }),
    REPORT_LAYOUT: z
      .enum(['1', '2'], 'must be 1 or 2')
      .transform((layout) => (layout === '1' ? 1 : 2))
      .optional()
      .meta({
        unset: 'the newest',
        description:
          '`1` keeps to the layout of reports that earlier versions read as well: ' +
          '[Upgrading](operations.md#at-3-am)',
      }),
    MAX_DELAY_SECONDS: integer(0, 86_400, 10).meta({ of: 'all', description: 'how late a report may come' }),
    METRICS_SERVICES: booleanFlag.meta({
      description:
        '`1` has `/metrics` tell the state of each service by name: [Metrics](operations.md#metrics)',
    }),
  })
  .meta({ title: 'Reports and services' });

export type ServicesConfig = Readonly<z.output<typeof servicesSection>>;
