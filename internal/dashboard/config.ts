import { z } from 'zod';

const GROUP_BY = /^prefix:(\S{1,8})$/;

/** How the page shows what is there; see docs/dashboard.md. */
export const dashboardSection = z
  .object({
    GROUP_BY: z
      .string()
      .regex(GROUP_BY, 'must be prefix: and 1 to 8 characters, such as prefix:-')
      .transform((text) => GROUP_BY.exec(text)?.[1])
      .optional()
      .meta({
        of: 'replica',
        description:
          'groups services in the dashboard: `prefix:-` by what stands before the first `-` of their names: [dashboard.md](dashboard.md#find)',
      }),
  })
  .meta({ title: 'The dashboard' });

export type DashboardConfig = Readonly<z.output<typeof dashboardSection>>;
