import { z } from 'zod';

import { integer } from '../config/config.ts';

/** How reports become intervals; see docs/services.md. */
export const servicesSection = z.object({
  GAP_SECONDS: integer(1, 3600, 2),
  MAX_DELAY_SECONDS: integer(0, 86_400, 10),
});

export type ServicesConfig = Readonly<z.output<typeof servicesSection>>;
